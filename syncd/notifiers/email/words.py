"""What a mail says, as plain data: one view per alert, in the words of the reader's role.

Everything that a provider wrote is cleaned here, once, before it meets a template or a header.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from syncd.model.alerts import Alert, NoticeKind, Notification, Reason, Transition
from syncd.model.findings import Course, Fact, Finding, Push, Standing
from syncd.model.people import Person, Role
from syncd.notifiers.email.bars import Axis, Bar, axis_of, bar_of
from syncd.notifiers.email.cells import Cell, cells_of
from syncd.notifiers.email.dates import (
    ages,
    behind,
    day,
    local_day,
    moment,
    short_day,
    slip_words,
)
from syncd.notifiers.email.links import words_for
from syncd.notifiers.email.sentences import clears_when, halves, is_said_by_pushes, over, you
from syncd.pictures.days import asked
from syncd.text import clean_text, listing, safe_url, source_name

MOST_ROWS = 5
MOST_FACTS = 8
ENDS = frozenset({Reason.CLEARED, Reason.NO_LONGER_VISIBLE})
LOOKS = {
    Standing.LATE: ("▲", "Late", "late"),
    Standing.AT_RISK: ("◆", "At risk", "risk"),
    Standing.ON_PLAN: ("●", "On plan", "ok"),
    Standing.NO_DATA: ("○", "No data", "none"),
}
_CLEARED_LOOK = ("●", "Cleared", "ok")
_GONE_LOOK = ("○", "Not visible", "none")
ANSWERED = (NoticeKind.ALERT, NoticeKind.DIGEST)
_NEWS = {
    Reason.OPENED: "new",
    Reason.ADOPTED: "known",
    Reason.WORSE: "worse",
    Reason.CHANGED: "changed",
    Reason.REOPENED: "back again",
    Reason.REMINDED: "reminder",
    Reason.ESCALATED: "unanswered",
    Reason.NEARING: "near its date",
    Reason.CLEARED: "cleared",
    Reason.NO_LONGER_VISIBLE: "no longer visible",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that is pushed, or one fact: text, link, and what stands at the right."""

    text: str
    url: str = ""
    """As plain text shows it: "" where the same address stands above."""
    see: str = ""
    """Address for HTML where no words of the text can carry the link."""
    source: str = ""
    ref: str = ""
    note: str = ""
    planned: str = ""
    expected: str = ""
    slip: str = ""
    bar: Bar | None = None

    @property
    def dates(self) -> str:
        """`3 Dec -> 9 Dec, +4 working days`, or `planned 3 Dec` where nothing else is known."""
        if not self.expected:
            return f"planned {self.planned}" if self.planned else ""
        both = " -> ".join(day for day in (self.planned, self.expected) if day)
        return ", ".join(part for part in (both, self.slip) if part)

    @property
    def line(self) -> str:
        """All of it as one line of plain text."""
        what = self.text if self.ref in ("", self.text) else f"{self.ref} {self.text}".strip()
        what += f" ({self.note})" if self.note else ""
        return f"{what}: {self.dates}" if self.dates else what


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert as its reader sees it; every text is clean and has an end."""

    id: str
    mark: str
    word: str
    look: str
    """CSS class: late, risk, ok or none."""
    severity: str
    """"" once it is over."""
    rule: str
    news: str
    update: int
    ref: str
    title: str
    url: str
    sentence: str
    """Headline and effect in one, for a digest."""
    headline: str
    effect: str
    was: str
    """What it said while it was open, "" while it is."""
    cells: tuple[Cell, ...]
    pushes: tuple[Row, ...]
    more_pushes: int
    axis: tuple[str, str]
    facts: tuple[Row, ...]
    more_facts: int
    links: tuple[tuple[str, str], ...]
    act: str
    clears: str
    command: str
    below: str = ""
    """What has the same cause and is told nowhere else, in one sentence."""

    @property
    def numbers(self) -> str:
        """`planned Tue 24 Nov   now Wed 2 Dec   6 working days later`."""
        parts = [
            f"{c.label[0].lower()}{c.label[1:]} {c.value}{f' ({c.before})' if c.before else ''}"
            f"   {c.note}"
            for c in self.cells
        ]
        return "   ".join(part.strip() for part in parts)

    @property
    def extra_numbers(self) -> str:
        """The same as one line for a digest; "" where the sentence has them all."""
        if all(cell.value in self.sentence for cell in self.cells):
            return ""
        return ", ".join(self.numbers.split("   "))

    @property
    def told(self) -> str:
        """Standing, severity and what is new about it: `late, high, worse`."""
        parts = (self.word.lower(), self.severity, self.news)
        return ", ".join(dict.fromkeys(part for part in parts if part))

    @property
    def state(self) -> str:
        """What is new and the how manieth mail this is: `worse, update 3`."""
        is_said = self.news == self.word.lower()
        parts = ("" if is_said else self.news, f"update {self.update}" if self.update > 1 else "")
        return ", ".join(part for part in parts if part)

    @property
    def tag(self) -> str:
        """Shape, word and severity, never colour alone."""
        return " · ".join(part for part in (f"{self.mark} {self.word}", self.severity) if part)

    @property
    def who_waits(self) -> str:
        """Title of the pushed items: what moves, or what only waits."""
        moves = any(row.expected or row.slip for row in self.pushes)
        return "What it pushes" if moves else "What waits for it"

    @property
    def is_named(self) -> bool:
        """Whether the headline names, and so links, the item."""
        return bool(self.ref) and self.ref in self.headline


def alert_view(told: Transition, person: Person, today: date, course: Course = ()) -> AlertView:
    """The alert in the words of `person`'s role; `today` is theirs, `course` its date's history."""
    alert, finding = told.alert, told.alert.finding
    for_leader = person.role is Role.EXEC
    is_over = told.reason in ENDS
    (mark, word, look), sentence = look_of(told), _sentence(finding, for_leader)
    shown = () if for_leader or is_over or person.role is Role.ENGINEER else finding.pushes
    pushes, axis = _pushes(shown[:MOST_ROWS], today)
    ref, url = ("", "") if for_leader else (clean_text(finding.ref, 80), safe_url(finding.url))
    evidence = () if for_leader or is_over else finding.facts
    facts = _facts(evidence[:MOST_FACTS], person, today, {url, *(row.url for row in pushes)})
    ended = over(told, for_leader, person.timezone)
    headline, effect = (ended, "") if ended else _halves(told, for_leader, bool(pushes))
    return AlertView(
        id=alert.id,
        mark=mark,
        word=word,
        look=look,
        severity="" if is_over else str(finding.severity),
        rule="" if for_leader else clean_text(finding.rule, 60),
        news=news_of(told),
        update=0 if told.reason is Reason.OPENED else alert.update,
        ref=ref,
        title=clean_text(finding.title or finding.ref, 120),
        url=url,
        sentence=ended or sentence,
        headline=headline,
        effect=effect or _note(alert, told, person, today),
        was=sentence if is_over else "",
        cells=() if is_over else tuple(cells_of(finding, look, today, course)),
        pushes=pushes,
        more_pushes=len(shown) - len(pushes) + (finding.more_pushes if shown else 0),
        axis=axis,
        facts=tuple(row for row, _ in facts),
        more_facts=max(0, len(evidence) - MOST_FACTS),
        links=((ref, url), *((row.ref, row.url) for row in pushes), *(link for _, link in facts)),
        act="" if for_leader or is_over else _act(finding, person, today),
        clears="" if for_leader or is_over else clears_when(clean_text(finding.clears)),
        command="" if for_leader else f"syncd alerts explain {alert.id}",
    )


def _act(finding: Finding, person: Person, today: date) -> str:
    return you(clean_text(asked(finding.act, finding.by, today)), person)


def news_of(told: Transition) -> str:
    """What kind of news it is, in a word or three."""
    is_other = told.reason is Reason.NO_LONGER_VISIBLE and told.alert.frozen_by
    return "no longer known" if is_other else _NEWS.get(told.reason, told.reason.value)


def look_of(transition: Transition) -> tuple[str, str, str]:
    """Shape, word and CSS class of an alert's standing."""
    if transition.reason is Reason.CLEARED:
        return _CLEARED_LOOK
    if transition.reason is Reason.NO_LONGER_VISIBLE:
        return _GONE_LOOK
    return LOOKS[transition.alert.finding.standing]


def _halves(transition: Transition, for_leader: bool, with_pushes: bool) -> tuple[str, str]:
    finding = transition.alert.finding
    headline, effect = halves(_sentence(finding, for_leader), finding)
    is_evidence = any(clean_text(fact.text).startswith(effect[:-1]) for fact in finding.facts)
    if (with_pushes and is_said_by_pushes(effect)) or (is_evidence and not for_leader):
        effect = ""
    again = "Again: " if transition.reason is Reason.REOPENED else ""
    return f"{again}{headline}", effect


def _note(alert: Alert, transition: Transition, person: Person, today: date) -> str:
    if transition.reason is Reason.NO_LONGER_VISIBLE:
        since = local_day(alert.frozen_since or transition.at, person.timezone)
        why = "what it rests on cannot be seen" if person.role is Role.EXEC else alert.frozen_by
        what = clean_text(why if alert.frozen_by else "this item cannot be seen")
        what = f"{what[:1].upper()}{what[1:]} by syncd since {day(since, today)}"
        return f"{what}, so it stops watching this. Whether the problem is over is not known."
    if transition.reason is Reason.CLEARED:
        first, last = (local_day(at, person.timezone) for at in (alert.opened_at, transition.at))
        if first == last:
            return f"It was open on {day(first, today)} only."
        return f"It was open from {day(first, today)} to {day(last, today)}."
    if alert.unsteady:
        return "It comes and goes, so changes are told in digests until it is steady."
    return ""


def _sentence(finding: Finding, for_leader: bool) -> str:
    text = finding.plain or finding.title if for_leader else finding.summary
    return clean_text(text or finding.title or finding.ref)


def _pushes(pushes: Sequence[Push], today: date) -> tuple[tuple[Row, ...], tuple[str, str]]:
    """The rows, and the days at both ends of their bars; "" where there are none."""
    axis = axis_of(pushes, today)
    ends = (short_day(axis.start, today), short_day(axis.end, today)) if axis else ("", "")
    return tuple(_push(push, axis, today) for push in pushes), ends


def _push(push: Push, axis: Axis | None, today: date) -> Row:
    return Row(
        ref=clean_text(push.ref, 80),
        text=clean_text(push.title, 120),
        url=safe_url(push.url),
        note=clean_text(push.team, 60),
        planned=short_day(push.planned, today),
        expected=short_day(push.expected, today),
        slip=slip_words(push.slip),
        bar=bar_of(push, axis),
    )


def _facts(
    facts: Iterable[Fact], person: Person, today: date, shown: set[str]
) -> list[tuple[Row, tuple[str, str]]]:
    """Each fact as a row, and the words of it that carry its link; no address twice."""
    found = []
    for fact in facts:
        text, url = clean_text(fact.text), safe_url(fact.url)
        words = words_for(url, text)
        seen = day(local_day(fact.seen_at, person.timezone), today) if fact.seen_at else ""
        parts = (source_name(fact.source), "" if seen in text else seen)
        row = Row(
            text=text,
            url="" if url in shown else url,
            see="" if words or url in shown else url,
            source=parts[0],
            note=", ".join(part for part in parts if part),
        )
        shown.add(url)
        found.append((row, (words, url)))
    return found


def footer(notification: Notification, person: Person, rule: str = "", *, bare: bool = True) -> str:
    """Why the reader gets this, how old the data is, and how to answer where `bare` of links."""
    why = listing(clean_text(notification.why).split(", because "))
    told = f"You get this {why}{f' (rule {rule})' if rule else ''}. " if why else ""
    known = [(source_name(source), at) for source, at in notification.ages]
    said = ages(known, notification.as_of)
    when = moment(notification.as_of, person.timezone)
    answers = _answers(notification, person) if bare else ""
    return f"{told}Data as of {when}{': ' if said else ''}{said}.{answers}"


def _answers(notification: Notification, person: Person) -> str:
    """What to type to answer; whom to tell for leaders, who type nothing; "" of what is over."""
    open_ = [one.alert.id for one in notification.transitions if one.reason not in ENDS]
    if not open_ or notification.kind not in ANSWERED:
        return ""
    if person.role is Role.EXEC:
        program = clean_text(notification.program, 60) or "the program"
        which = open_[0] if len(open_) == 1 else f"the alert, as {open_[0]}"
        return f" To answer, tell those who run {program}, and name {which}."
    name = open_[0] if len(open_) == 1 else "ID"
    useful = f"syncd alerts feedback {name} useful (or not-useful, known)"
    return f" To answer: syncd alerts ack {name}, or {useful}."


def old_sources(notification: Notification, person: Person) -> list[str]:
    """A sentence per source that is far behind; none in service mail, which is about just that."""
    if notification.kind is NoticeKind.SERVICE:
        return []
    known = [(source_name(source), at) for source, at in notification.ages]
    return behind(known, notification.as_of, person.timezone)


def counts(transitions: Iterable[Transition]) -> str:
    """`3 late, 2 at risk`, worst first."""
    tally: dict[str, int] = {}
    for transition in transitions:
        word = look_of(transition)[1].lower()
        tally[word] = tally.get(word, 0) + 1
    order = ["late", "at risk", "no data", "on plan", "cleared", "not visible"]
    return ", ".join(f"{tally[word]} {word}" for word in order if word in tally)
