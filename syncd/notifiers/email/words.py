"""What a mail says, as plain data: one view per alert, in the words of the reader's role.

Everything that a provider wrote is cleaned here, once, before it meets a template or a header.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from syncd.model.alerts import Notification, Reason, Transition
from syncd.model.findings import Fact, Finding, Push, Standing
from syncd.model.people import Person, Role
from syncd.text import clean_text

MOST_ROWS = 5
MOST_FACTS = 8
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_LOOKS = {
    Standing.LATE: ("▲", "Late", "late"),
    Standing.AT_RISK: ("◆", "At risk", "risk"),
    Standing.ON_PLAN: ("●", "On plan", "ok"),
    Standing.NO_DATA: ("○", "No data", "none"),
}
_CLEARED_LOOK = ("●", "Cleared", "ok")
_GONE_LOOK = ("○", "Not visible", "none")
_NEWS = {
    Reason.OPENED: "new",
    Reason.ADOPTED: "known",
    Reason.WORSE: "worse",
    Reason.CHANGED: "changed",
    Reason.REOPENED: "back again",
    Reason.CLEARED: "cleared",
    Reason.NO_LONGER_VISIBLE: "no longer visible",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that is pushed, or one fact: text, link, and what stands at the right."""

    text: str
    url: str = ""
    ref: str = ""
    note: str = ""
    planned: str = ""
    expected: str = ""
    slip: str = ""

    @property
    def line(self) -> str:
        """All of it as one line of plain text."""
        what = self.text if self.ref in ("", self.text) else f"{self.ref} {self.text}".strip()
        what += f" ({self.note})" if self.note else ""
        dates = " -> ".join(date for date in (self.planned, self.expected) if date)
        rest = ", ".join(part for part in (dates, self.slip) if part)
        return f"{what}: {rest}" if rest else what


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert as its reader sees it; every text is clean and has an end."""

    id: str
    mark: str
    word: str
    look: str
    """CSS class: late, risk, ok or none."""
    severity: str
    rule: str
    news: str
    update: int
    ref: str
    title: str
    url: str
    headline: str
    effect: str
    planned: str
    expected: str
    slip: str
    pushes: tuple[Row, ...]
    more_pushes: int
    facts: tuple[Row, ...]
    act: str
    clears: str
    command: str
    unsteady: bool

    @property
    def dates(self) -> str:
        """`planned …, expected …, +6 working days`, as far as they are known."""
        parts = (
            f"planned {self.planned}" if self.planned else "",
            f"expected {self.expected}" if self.expected else "",
            self.slip,
        )
        return ", ".join(part for part in parts if part)

    @property
    def told(self) -> str:
        """Standing, severity and what is new about it: `late, high, worse`."""
        return ", ".join(dict.fromkeys((self.word.lower(), self.severity, self.news)))

    @property
    def tag(self) -> str:
        """Shape, word and severity, never colour alone."""
        return f"{self.mark} {self.word} · {self.severity}"


def alert_view(transition: Transition, person: Person) -> AlertView:
    """The alert after `transition`, in the words for `person`'s role."""
    alert = transition.alert
    finding = alert.finding
    for_leader = person.role is Role.EXEC
    over = transition.reason in (Reason.CLEARED, Reason.NO_LONGER_VISIBLE)
    mark, word, look = _look(transition)
    pushes = () if for_leader or over or person.role is Role.ENGINEER else finding.pushes
    facts = () if for_leader or over else finding.facts
    return AlertView(
        id=alert.id,
        mark=mark,
        word=word,
        look=look,
        severity=str(finding.severity),
        rule=clean_text(finding.rule, 60),
        news=_NEWS.get(transition.reason, transition.reason.value),
        update=alert.update,
        ref="" if for_leader else clean_text(finding.ref, 80),
        title=clean_text(finding.title or finding.ref, 120),
        url="" if for_leader else safe_url(finding.url),
        headline=_headline(transition, for_leader),
        effect=_effect(transition, for_leader),
        planned=day(finding.planned),
        expected="" if over else day(finding.expected),
        slip="" if over else slip_words(finding.slip),
        pushes=tuple(_push(push) for push in pushes[:MOST_ROWS]),
        more_pushes=max(0, len(pushes) - MOST_ROWS),
        facts=tuple(_fact(fact, person) for fact in facts[:MOST_FACTS]),
        act="" if for_leader or over else clean_text(finding.act),
        clears="" if for_leader or over else clean_text(finding.clears),
        command="" if for_leader else f"syncd alerts explain {alert.id}",
        unsteady=alert.unsteady,
    )


def _look(transition: Transition) -> tuple[str, str, str]:
    if transition.reason is Reason.CLEARED:
        return _CLEARED_LOOK
    if transition.reason is Reason.NO_LONGER_VISIBLE:
        return _GONE_LOOK
    return _LOOKS[transition.alert.finding.standing]


def _headline(transition: Transition, for_leader: bool) -> str:
    finding = transition.alert.finding
    name = _name(finding, for_leader)
    if transition.reason is Reason.CLEARED:
        return f"Cleared: {name}"
    if transition.reason is Reason.NO_LONGER_VISIBLE:
        return f"No longer visible: {name}"
    if transition.reason is Reason.REOPENED:
        return f"Again: {_sentence(finding, for_leader)}"
    return _sentence(finding, for_leader)


def _effect(transition: Transition, for_leader: bool) -> str:
    finding = transition.alert.finding
    if transition.reason is Reason.CLEARED:
        return f"This does not hold any more: {_sentence(finding, for_leader)}"
    if transition.reason is Reason.NO_LONGER_VISIBLE:
        return (
            "syncd has not been able to see this item for some days, so it stops watching it. "
            "Whether the problem is over is not known."
        )
    if transition.alert.unsteady:
        return "It comes and goes, so changes are told in digests until it is steady."
    return ""


def _sentence(finding: Finding, for_leader: bool) -> str:
    text = finding.plain or finding.title if for_leader else finding.summary
    return clean_text(text or finding.title or finding.ref)


def _name(finding: Finding, for_leader: bool) -> str:
    title = clean_text(finding.title or finding.ref, 120)
    ref = clean_text(finding.ref, 80)
    return title if for_leader or ref in title else f"{title} ({ref})"


def _push(push: Push) -> Row:
    return Row(
        ref=clean_text(push.ref, 80),
        text=clean_text(push.title, 120),
        url=safe_url(push.url),
        note=clean_text(push.team, 60),
        planned=day(push.planned),
        expected=day(push.expected),
        slip=slip_words(push.slip),
    )


def _fact(fact: Fact, person: Person) -> Row:
    seen = day(fact.seen_at.astimezone(ZoneInfo(person.timezone)).date()) if fact.seen_at else ""
    source = clean_text(fact.source, 40)
    return Row(
        text=clean_text(fact.text),
        url=safe_url(fact.url),
        note=", ".join(part for part in (source, seen) if part),
    )


def safe_url(url: str) -> str:
    """`url`, percent-encoded, if it is a web address without credentials; else ""."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or len(url) > 2000:
        return ""
    if not all(char.isascii() and (char.isalnum() or char in ".-:") for char in host):
        return ""
    brackets = f"[{host}]" if ":" in host else host
    where = f"{brackets}:{port}" if port else brackets
    text = f"{parts.scheme}://{where}{_encoded(parts.path)}"
    text += f"?{_encoded(parts.query)}" if parts.query else ""
    return text + (f"#{_encoded(parts.fragment)}" if parts.fragment else "")


def _encoded(part: str) -> str:
    return quote(part, safe="/:@!$&*+,;=%~?-._", errors="replace")


def day(when: date | None) -> str:
    """`Wed 2 Dec`, or "" for no date."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}" if when else ""


def slip_words(slip: int | None) -> str:
    """`+6 working days`, or "" where nothing moved."""
    if not slip:
        return ""
    return f"{slip:+d} working day{'s' if abs(slip) != 1 else ''}"


def moment(at: datetime, zone: str) -> str:
    """`Mon 23 Nov 08:25 CET`, in the reader's zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day(local.date())} {local:%H:%M} {local:%Z}"


def age(then: datetime | None, now: datetime) -> str:
    """`4 min old`, `3 h old`, `2 days old` or `never read`."""
    if then is None:
        return "never read"
    passed = max(now - then, timedelta())
    if passed < timedelta(hours=2):
        return f"{passed // timedelta(minutes=1)} min old"
    if passed < timedelta(days=2):
        return f"{passed // timedelta(hours=1)} h old"
    return f"{passed.days} days old"


def footer(notification: Notification, person: Person) -> str:
    """Why the reader gets this and how old the data is, in two sentences."""
    why = clean_text(notification.why)
    told = f"You get this {why}. " if why else ""
    known = [(clean_text(source, 40), at) for source, at in notification.ages]
    ages = ", ".join(f"{source} {age(at, notification.as_of)}" for source, at in known)
    when = moment(notification.as_of, person.timezone)
    return f"{told}Data as of {when}{': ' if ages else ''}{ages}."


def counts(views: Iterable[AlertView]) -> str:
    """`3 late, 2 at risk`, worst first."""
    tally: dict[str, int] = {}
    for view in views:
        tally[view.word.lower()] = tally.get(view.word.lower(), 0) + 1
    order = ["late", "at risk", "no data", "on plan", "cleared", "not visible"]
    return ", ".join(f"{tally[word]} {word}" for word in order if word in tally)
