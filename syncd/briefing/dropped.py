"""Work that was dropped: less is to come than those who run a program count with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from syncd.briefing.moved import Told
from syncd.briefing.reader import Reader
from syncd.model.briefs import Changed, News
from syncd.model.items import Issue, Phase
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.view import Deliverable
from syncd.text import clean_text

MOST_NAMES = 3


def dropped_lines(reader: Reader, since: datetime) -> Iterator[Told]:
    """One for each deliverable of which anything was; leaders hear of items nowhere."""
    found: dict[str, list[Issue]] = defaultdict(list)
    whole = {one.id: one for one in reader.material.view.deliverables if reader.has(one)}
    for issue in reader.material.view.snapshot.issues if not reader.for_leader else ():
        is_new = issue.phase is Phase.DROPPED and issue.done_at and issue.done_at > since
        # A duplicate is no less work: it goes on as what it is a duplicate of.
        if is_new and not issue.restricted and not reader.material.view.original(issue.key):
            of = (one.id for one in reader.material.view.deliverables_of(issue.key))
            for name in islice((one for one in of if one in whole), 1):
                found[name].append(issue)
    for name, issues in found.items():
        yield _line(reader, whole[name], issues)


def _line(reader: Reader, whole: Deliverable, issues: Sequence[Issue]) -> Told:
    view, is_one = reader.material.view, len(issues) == 1
    refs = [clean_text(one.ref, 80) for one in issues]
    what = subjects.called(issues[0]) if is_one else wording.listing(refs, MOST_NAMES)
    return Told(
        line=Changed(
            text=f"{clean_text(what, 120)}, of {reader.name_of(whole)}",
            news=News.DROPPED,
            at=max(one.done_at for one in issues if one.done_at),
            ref=refs[0] if is_one else "",
            url=issues[0].url if is_one else "",
        ),
        subject=whole.subject,
        teams=frozenset(team for one in issues if (team := view.team_of(one.key).team)),
        deliverables=frozenset({whole.id}),
        weight=(0, -len(issues)),
        dropped=str(issues[0].key) if is_one else "",
    )
