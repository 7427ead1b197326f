"""How old what a brief tells is, and which sources it cannot speak for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncd.briefing.reader import Reader
from syncd.pictures.days import age
from syncd.reconciler.facts import wording
from syncd.reconciler.resolve.stale import stale_scopes
from syncd.text import source_name, unread


def data(reader: Reader) -> str:
    """`Mon 23 Nov 08:25 CET: Jira and GitHub 4 min, Calendar 6 min old`."""
    at = reader.material.as_of
    together: dict[str, list[str]] = {}
    for source, then in reader.material.ages:
        if then is not None:
            together.setdefault(age(at - then), []).append(source_name(source))
    said = [f"{wording.listing(names)} {old}" for old, names in together.items()]
    return f"{_moment(reader, at)}{': ' if said else ''}{', '.join(said)}{' old' if said else ''}"


def stale(reader: Reader) -> Iterator[str]:
    """Sentences about sources that were not read completely for too long, or cannot be read."""
    view = reader.material.view
    late = {scope.source for scope in stale_scopes(view.snapshot, view.config)}
    known = dict(reader.material.ages)
    never = [name for name, then in known.items() if then is None]
    together: dict[str, list[str]] = {}
    for source in sorted(late.union(never)):
        then = known.get(source)
        said = _moment(reader, then) if then else ""
        together.setdefault(said, []).append(source_name(source))
    for said, names in together.items():
        yield unread(wording.listing(names), said, several=len(names) > 1)


def _moment(reader: Reader, at: datetime) -> str:
    return wording.moment(at, reader.zone, reader.today)
