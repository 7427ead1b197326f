"""The three things for today: by severity, tier, slack, and what waits for the reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncd.briefing.material import Open, served
from syncd.briefing.reader import Reader
from syncd.briefing.risks import answer, is_theirs, loud
from syncd.model.briefs import Decision, Priority
from syncd.model.findings import Finding, Severity
from syncd.model.items import Issue, PullRequest
from syncd.reconciler.facts import subjects, wording
from syncd.text import clean_text

MOST = 3
_APART = {
    "dates-disagree": "its dates are {} apart",
    "event-moved": "its dates are {} apart",
    "gate-too-early": "its review is {} too early",
}
"""How rules that compare two things call what of one thing is so many working days late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    severity: Severity
    tier: str
    slack: int
    is_mine: bool
    subject: str
    priority: Priority

    @property
    def order(self) -> tuple[object, ...]:
        return -self.severity, self.tier, self.slack, not self.is_mine, self.subject


def top(reader: Reader, some: Sequence[Open], asked: Sequence[Decision]) -> tuple[Priority, ...]:
    """At most three, each of another subject; what is `asked` anyway is only named."""
    found = list(_problems(reader, some, {one.text for one in asked}))
    found += () if reader.for_leader else _reviews(reader)
    chosen: dict[str, Priority] = {}
    for one in sorted(found, key=lambda one: one.order):
        chosen.setdefault(one.subject, one.priority)
    return tuple(chosen.values())[:MOST]


def _problems(reader: Reader, some: Sequence[Open], asked: set[str]) -> Iterator[_Candidate]:
    """What somebody else has taken is theirs, whatever it weighs."""
    for one in loud(reader, some):
        finding, is_mine = one.finding, reader.person.holds(one.finding.owner)
        taken = answer(reader, one) is not None and not is_mine
        # What people had before syncd they know: it is nobody's task of just this day.
        is_new = not one.alert.known or (finding.tier, finding.severity) == ("A", Severity.CRITICAL)
        is_told = is_new and finding.severity > Severity.INFO
        if taken or not is_told or not is_theirs(reader, finding):
            continue
        slack = -(finding.drift or 0)
        is_asked = (reader.act(finding) or reader.sentence(finding)) in asked
        yield _Candidate(
            severity=finding.severity,
            tier=finding.tier,
            slack=slack,
            is_mine=is_mine,
            subject=finding.subject,
            priority=Priority(
                text=f"Decide: {reader.called(finding)}"
                if is_asked
                else reader.asked(finding) or reader.sentence(finding),
                why=_why(reader, finding, is_mine=is_mine),
                ref=reader.ref(finding),
                url=reader.url(finding),
                alert=reader.number(one.alert),
            ),
        )


def _why(reader: Reader, finding: Finding, *, is_mine: bool) -> str:
    parts = ["it is yours"] if is_mine else []
    parts += [] if reader.for_leader else [str(finding.severity)]
    parts += ["promised outside"] if finding.tier == "A" else []
    late = finding.slip if finding.passed is None else finding.passed
    days, said = late or 0, _APART.get(finding.rule, "{} late")
    is_told = days > 0 or (days < 0 and finding.rule in _APART)
    parts += [said.format(wording.working_days(days))] if is_told else []
    return ", ".join(parts)


def _reviews(reader: Reader) -> Iterator[_Candidate]:
    """Changes that wait for the reader's review."""
    view = reader.material.view
    accounts = set(reader.person.accounts)
    for pull in view.snapshot.pull_requests:
        if _waits(pull, accounts):
            yield _review(reader, pull, view.once(served).get(pull.key, ()))


def _waits(pull: PullRequest, accounts: set[tuple[str, str]]) -> bool:
    asked = any((pull.key.source, who) in accounts for who in pull.requested_reviewers)
    return asked and pull.state == "open" and not pull.draft


def _review(reader: Reader, pull: PullRequest, issues: Sequence[Issue]) -> _Candidate:
    view = reader.material.view
    keys = {str(pull.key), *(str(one.key) for one in issues)}
    about = [one.finding for one in reader.material.open if one.finding.subject in keys]
    tiers = [d.tier for one in issues for d in view.deliverables_of(one.key)]
    spare = [days for one in issues if (days := view.plan.spare(one.key)) is not None]
    needs = [one.ref for one in issues if not one.restricted]
    why = f"it waits for you; {wording.listing(needs, 2)} needs it" if needs else "it waits for you"
    return _Candidate(
        severity=max((one.severity for one in about), default=Severity.LOW),
        tier=min(tiers, default="C"),
        slack=min(spare, default=0),
        is_mine=True,
        subject=str(pull.key),
        priority=Priority(
            text=f"Review {clean_text(subjects.called(pull), 120)}",
            why=clean_text(why),
            ref=clean_text(pull.ref, 80),
            url=pull.url,
        ),
    )
