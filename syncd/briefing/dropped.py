"""What was dropped, as a brief tells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from syncd.briefing.moved import Told
from syncd.briefing.reader import Reader
from syncd.model.briefs import Changed, News
from syncd.model.items import Issue
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.growth import dropped
from syncd.reconciler.view import Deliverable
from syncd.text import clean_text


def dropped_lines(reader: Reader, since: datetime) -> Iterator[Told]:
    """One for each deliverable of which anything was; leaders hear of items nowhere."""
    view = reader.material.view
    theirs = [] if reader.for_leader else [one for one in view.deliverables if reader.has(one)]
    for whole, issues in dropped(view, theirs, since):
        yield _line(reader, whole, issues)


def _line(reader: Reader, whole: Deliverable, issues: Sequence[Issue]) -> Told:
    view, is_one = reader.material.view, len(issues) == 1
    refs = [clean_text(one.ref, 80) for one in issues]
    what = subjects.called(issues[0]) if is_one else wording.listing(refs, 3)
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
