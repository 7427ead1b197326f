"""A store that learns of things while the days pass, as one does that is kept up to date."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from syncd.interfaces import Page, Store
from syncd.model.snapshot import Scope


def learn(store: Store, scope: Scope, page: Page, when: datetime) -> None:
    """All of the page at `when`, but its later changes when they were made."""
    known = tuple(one for one in page.changes if one.at <= when)
    store.commit(scope, replace(page, changes=known), when)
    later = sorted((one for one in page.changes if one.at > when), key=attrgetter("at"))
    for at, some in groupby(later, attrgetter("at")):
        store.commit(scope, Page(changes=tuple(some)), at)
