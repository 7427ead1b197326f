"""What is open and in the way: with its holder, what would help, and what people said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from syncd.alerts.choices import decide_by, is_choice, is_open
from syncd.briefing.changes import answer_words, answers_to
from syncd.briefing.material import Open
from syncd.briefing.reader import Reader
from syncd.model.acts import Act, ActKind
from syncd.model.briefs import Decision, Line, Risk
from syncd.model.findings import Finding
from syncd.model.people import Role
from syncd.reconciler.facts import wording

MOST_ANSWERS = 2
RUNS_OUT_BD = 2
"""So many working days before an acceptance ends, it is to be decided anew."""


def open_to(reader: Reader) -> tuple[Open, ...]:
    """What is open and belongs into the reader's brief, worst first."""
    return tuple(one for one in reader.material.open if reader.follows(one.finding))


def answer(reader: Reader, one: Open) -> Act | None:
    """The acknowledgement, snooze or acceptance that holds."""
    return reader.material.answers.of(one.alert)


def is_quiet(reader: Reader, one: Open) -> bool:
    """Whether it is put off or accepted."""
    given = answer(reader, one)
    return given is not None and given.kind in (ActKind.SNOOZE, ActKind.ACCEPT)


def loud(reader: Reader, some: Iterable[Open]) -> tuple[Open, ...]:
    """Those that nobody put off or accepted."""
    return tuple(one for one in some if not is_quiet(reader, one))


def put_off(reader: Reader, some: Iterable[Open]) -> Iterator[Line]:
    """Those that somebody put off or accepted, and until when."""
    for one in some:
        given = answer(reader, one) if is_quiet(reader, one) else None
        if given is not None:
            yield Line(
                text=f"{reader.called(one.finding)} is {_held(reader, given)}",
                alert=reader.number(one.alert),
                ref=reader.ref(one.finding),
                url=reader.url(one.finding),
            )


def _held(reader: Reader, given: Act) -> str:
    """`put off until Mon 30 Nov`."""
    word = "accepted" if given.kind is ActKind.ACCEPT else "put off"
    return f"{word} until {wording.day(given.until, reader.today)}" if given.until else word


def risk(reader: Reader, one: Open) -> Risk:
    """It, in the reader's words."""
    said = answers_to(reader.material, one.finding.fingerprint)
    texts = (
        f"{wording.day(reader.day_of(act.at), reader.today)}: {answer_words(reader, act)}"
        for act in said
    )
    return Risk(
        text=reader.sentence(one.finding),
        alert=reader.number(one.alert),
        standing=one.finding.standing,
        severity=one.finding.severity,
        owner=reader.owner(one.finding),
        act=reader.asked(one.finding),
        answers=() if reader.for_leader or one.finding.restricted else tuple(texts)[:MOST_ANSWERS],
        ref=reader.ref(one.finding),
        url=reader.url(one.finding),
    )


def decisions(reader: Reader, some: Sequence[Open]) -> tuple[Decision, ...]:
    """What is to be decided, the first by its day; engineers decide their own matters only."""
    found = [*_unanswered(reader, some), *_running_out(reader, some)]
    return tuple(sorted(found, key=lambda one: one.by))


def _unanswered(reader: Reader, some: Iterable[Open]) -> Iterator[Decision]:
    """Grave, and nobody said anything of it."""
    material, calendar = reader.material, reader.material.view.config.calendar
    for one in some:
        finding = one.finding
        if not is_open(finding, one.alert, material.answers) or not is_theirs(reader, finding):
            continue
        if is_choice(finding) or reader.person.holds(finding.owner):
            asked = decide_by(finding, one.alert, material.answers, material.as_of, calendar)
            yield _decision(reader, one, asked.by, asked.words(reader.today))


def is_theirs(reader: Reader, finding: Finding) -> bool:
    """Whether it is the reader's to see to.

    Who runs a program sees to all of it, a lead to what the team holds, others to what they hold.
    """
    person = reader.person
    leads = person.role is Role.LEAD and finding.teams[:1] == (person.team,)
    return person.role in (Role.TPM, Role.EXEC) or leads or reader.person.holds(finding.owner)


def _running_out(reader: Reader, some: Iterable[Open]) -> Iterator[Decision]:
    """Accepted until a day that is near, to be decided on a day of work by then.

    What is put off asks for nothing before it speaks again by itself.
    """
    calendar = reader.calendar
    for one in some:
        given = answer(reader, one)
        if given is None or given.kind is not ActKind.ACCEPT or given.until is None:
            continue
        if not is_theirs(reader, one.finding):
            continue
        if calendar.between(reader.today, given.until) <= RUNS_OUT_BD:
            last = calendar.shift(given.until + timedelta(days=1), -1)
            by = last if last >= reader.today else calendar.shift(reader.today, 1)
            yield _decision(reader, one, by, f"it is {_held(reader, given)}")


def _decision(reader: Reader, one: Open, by: date, why: str) -> Decision:
    act = reader.act(one.finding)
    return Decision(
        text=act or reader.sentence(one.finding),
        alert=reader.number(one.alert),
        by=by,
        by_words=wording.day(by, reader.today),
        why_then=why,
        ref=reader.ref(one.finding),
        url=reader.url(one.finding),
    )
