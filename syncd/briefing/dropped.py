"""Work that was dropped: less is to come than those who run a program count with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

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
    whole: dict[str, Deliverable] = {}
    for issue in reader.material.view.snapshot.issues if not reader.for_leader else ():
        is_new = issue.phase is Phase.DROPPED and issue.done_at and issue.done_at > since
        if is_new and not issue.restricted:
            for one in reader.material.view.deliverables_of(issue.key)[:1]:
                if reader.has(one):
                    whole[one.id] = one
                    found[one.id].append(issue)
    for name, issues in found.items():
        yield _line(reader, whole[name], issues)


def _line(reader: Reader, whole: Deliverable, issues: Sequence[Issue]) -> Told:
    view, first = reader.material.view, issues[0]
    what, ref, url = clean_text(subjects.called(first), 120), clean_text(first.ref, 80), first.url
    if len(issues) > 1:
        refs = [clean_text(one.ref, 40) for one in issues]
        what, ref, url = wording.listing(refs, MOST_NAMES), "", ""
    return Told(
        line=Changed(
            text=f"{what}, of {reader.name_of(whole)}",
            news=News.DROPPED,
            at=max(one.done_at for one in issues if one.done_at),
            ref=ref,
            url=url,
        ),
        subject=whole.subject,
        teams=frozenset(team for one in issues if (team := view.team_of(one.key).team)),
        deliverables=frozenset({whole.id}),
        weight=(0, -len(issues)),
    )
