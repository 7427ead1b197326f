"""What a chat message says: a few lines that no title can turn into a mention, markup or a link.

Chats disagree on how their markup is escaped, and none says which one reads a webhook. So the
characters that mean something in any of them leave as their look-alikes: to a reader a title is the
same, to a program it is plain text.
"""

from __future__ import annotations

import re

from syncd.model.alerts import NoticeKind, Notification, Reason, Summary, Transition
from syncd.model.calendar import local_time
from syncd.model.findings import Standing
from syncd.model.people import Person, Role
from syncd.notifiers.email.sentences import same_cause
from syncd.pictures.days import asked
from syncd.text import clean_text, safe_url

_LOOK = {
    Summary.FIRST: "first look", Summary.JOINED: "newly added", Summary.ASKED: "taken as known",
    Summary.SEEN_LATE: "seen late",
}  # fmt: skip
MOST_LINES = 5
"""Alerts that one message shows; the rest is a number."""
LONGEST = 160
"""Graphemes of one sentence: with all its lines a message fits the thousand characters of Teams."""

BELOW = 300
"""Graphemes of what one alert speaks for."""

_TWINS = str.maketrans({
    "<": "\u2039", ">": "\u203a", "@": "\uff20", "*": "\u2217", "_": "\u02cd", "`": "\u02bc",
    "[": "\uff3b", "]": "\uff3d", "~": "\u223c", "|": "\u2502", "\\": "\uff3c", "$": "\uff04",
})  # fmt: skip
_HASH = re.compile(r"(?<!\w)#")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_SCHEME = re.compile(r":(?=//)|(?i:(?<=mailto)|(?<=javascript)|(?<=data)|(?<=tel)):")
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_DOMAIN = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")
_MARKS = {
    Standing.LATE: "\u25b2", Standing.AT_RISK: "\u25c6", Standing.ON_PLAN: "\u25cf",
    Standing.NO_DATA: "\u25cb",
}  # fmt: skip
_ENDS = (Reason.CLEARED, Reason.NO_LONGER_VISIBLE)


def tame(text: str, limit: int = LONGEST) -> str:
    """`text` as one clean line in which no chat finds a mention, markup, an emoji or a link."""
    line = clean_text(text, limit).translate(_TWINS)
    for pattern, twin in (
        (_HASH, "\uff03"), (_ENTITY, "\uff06"), (_SCHEME, "\ua789"), (_EMOJI, "\ua789"),
        (_DOMAIN, "\u2024"),
    ):  # fmt: skip
        line = pattern.sub(twin, line)
    return line


def subject(notification: Notification) -> str:
    """The first line: program and what kind of news."""
    if notification.kind is NoticeKind.SERVICE:
        return "syncd, for its operators"
    program = tame(notification.program, 40) or "syncd"
    count = len(notification.transitions)
    if notification.kind is NoticeKind.ADOPTION:
        begin = _LOOK[Summary(notification.key.partition(" ")[0])]
        return f"{program}, {begin}: {count} known problem{'s' if count != 1 else ''}"
    return program if count == 1 else f"{program}, {count} changes"


def text(notification: Notification, person: Person) -> str:
    """The lines below it; each begins with words of ours, so that none is a heading or a list."""
    lines = [f"syncd: {tame(notification.headline)}"] if notification.headline else []
    lines += [f"· {tame(line, 300)}" for line in notification.lines]
    is_alone = len(notification.transitions) == 1
    # Leaders are told one line each.
    whole = {one.root: one for one in notification.victims if person.role is not Role.EXEC}
    for transition in notification.transitions[:MOST_LINES]:
        lines.append(_line(transition, person))
        below = whole.get(transition.alert.fingerprint)
        if below is not None and transition.reason not in _ENDS:
            refs = {one.finding.ref for one in below.alerts}  # titles would cut how many there are
            said = tame(same_cause(transition.alert.finding, below, refs), BELOW)
            count = f"and {len(below.alerts) + below.more} of the same cause"
            lines.append(said if is_alone else count)
        lines += _more(transition, person) if is_alone else []
    rest = len(notification.transitions) - MOST_LINES
    lines += [f"and {rest} more: syncd alerts list"] if rest > 0 else []
    return "\n".join(lines or ["syncd has nothing to add"])


def plain_form(notification: Notification) -> str:
    """The least that can be said, for a server that refuses the text."""
    alerts = [transition.alert for transition in notification.transitions]
    lines = [f"syncd alerts explain {alert.id}" for alert in alerts[:MOST_LINES]]
    rest = len(alerts) - MOST_LINES
    lines += [f"and {rest} more: syncd alerts list"] if rest > 0 else []
    return "\n".join(lines or ["syncd status"])


def _line(transition: Transition, person: Person) -> str:
    alert, finding = transition.alert, transition.alert.finding
    if transition.reason in _ENDS:
        return f"\u25cf {alert.id} {transition.called}: {tame(_name(transition))}"
    said = finding.plain if person.role is Role.EXEC else finding.summary
    state = f"{finding.standing}, {finding.severity}"
    is_new = transition.reason is Reason.OPENED
    update = f", update {alert.update}" if alert.update > 1 and not is_new else ""
    head = f"{_MARKS[finding.standing]} {alert.id} {state}, {transition.reason}{update}"
    return f"{head}: {tame(said or _name(transition))}"


def _name(transition: Transition) -> str:
    alert = transition.alert
    return alert.headline or alert.finding.title or alert.finding.ref


def _more(transition: Transition, person: Person) -> list[str]:
    """What to do and where to look, which leaders are not asked and what is over does not need."""
    alert, finding = transition.alert, transition.alert.finding
    if transition.reason in _ENDS or person.role is Role.EXEC:
        return []
    link, today = safe_url(finding.url), local_time(transition.at, person.timezone).date()
    return [
        *([f"To do: {tame(asked(finding.act, finding.by, today))}"] if finding.act else []),
        *([f"See: {link}"] if link and len(link) <= 300 else []),
        f"Why: syncd alerts explain {alert.id}",
    ]
