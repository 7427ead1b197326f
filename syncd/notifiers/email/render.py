"""Notification → finished mail: subject, text, HTML, and a plain form that always works."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from syncd.errors import DeliveryError
from syncd.interfaces import Rendered
from syncd.model.alerts import NoticeKind, Notification, Reason, Transition, Victims
from syncd.model.people import Person, Role
from syncd.notifiers.email.dates import day, local_day, moment
from syncd.notifiers.email.links import anchor, fixed, prose
from syncd.notifiers.email.mime import Envelope, Letter
from syncd.notifiers.email.sentences import same_cause, without_name
from syncd.notifiers.email.settings import EmailSettings
from syncd.notifiers.email.words import (
    ENDS,
    AlertView,
    alert_view,
    counts,
    footer,
    old_sources,
)
from syncd.text import clean_text, safe_url

MOST_LINES = 12
"""Alerts that one mail shows; the rest is a number."""

WIDTH = 76
"""Of a line of plain text."""

PALETTE = {
    "ink": "#1f2328", "mute": "#57606a", "late": "#b33f00", "risk": "#8a5a00",
    "ok": "#00735a", "none": "#57606a", "link": "#0058a3", "rule": "#eaeef2",
    "late_tint": "#fde3d3", "risk_tint": "#fdf0cd", "ok_tint": "#d5efe6", "none_tint": "#eaeef2",
    "late_word": "#8f3200", "risk_word": "#714a00", "ok_word": "#005c48", "none_word": "#57606a",
    "bar": "#c8d1da", "late_bar": "#b33f00", "risk_bar": "#c98a1b", "ok_bar": "#2fae86",
    "none_bar": "#57606a",
}  # fmt: skip


def render(settings: EmailSettings, notification: Notification, person: Person) -> Rendered:
    """The mail for `person`. A text that breaks the templates leaves as the plain form instead.

    Raises DeliveryError (permanent) where the address itself can't be written to.
    """
    refusal = settings.refusal(person.email)
    if refusal:
        raise DeliveryError(
            f"people.{person.id}.email: {refusal}",
            permanent=True,
            hint=f"correct people.{person.id}.email or mail.allowed_domains",
        )
    envelope = Envelope(
        settings=settings,
        notification=notification,
        person=person,
        subject=subject(notification, person.timezone),
    )
    letter = Letter(envelope)
    fallback = letter.with_text(plain_form(notification))
    try:
        text, html = bodies(notification, person)
        body = letter.with_text(text, html)
    except Exception:  # noqa: BLE001 - whatever one text breaks, its reader gets the plain form (N9)
        body = fallback
    return Rendered(
        message_id=envelope.message_id, subject=envelope.subject, body=body, fallback=fallback
    )


def subject(notification: Notification, zone: str = "UTC") -> str:
    """Of one alert the same for its whole life: program, number and what it was called at first.

    A digest is named by its day in the reader's zone: mail programs join equal subjects.
    """
    if notification.kind is NoticeKind.SERVICE:
        return f"[syncd] {_service_subject(notification)}"
    prefix = f"[{clean_text(notification.program, 40) or 'syncd'}]"
    count = len(notification.transitions)
    if notification.kind is NoticeKind.ADOPTION:
        return f"{prefix} First look: {count} known problem{'s' if count != 1 else ''}"
    if count != 1:
        sent = local_day(notification.send_after or notification.as_of, zone)
        said = counts(notification.transitions)
        return f"{prefix} {day(sent, sent)}: {count} changes ({said})"
    alert = notification.transitions[0].alert
    name = alert.headline or alert.finding.title or alert.finding.ref
    return f"{prefix} {alert.id} {_short(name)}"


def _short(name: str) -> str:
    """A thread's name that an inbox shows whole; its planned date stays, its title is cut."""
    title, comma, planned = clean_text(name, 400).rpartition(", planned ")
    if not comma:
        return clean_text(planned, 72)
    return f"{clean_text(title, 56)}{comma}{clean_text(planned, 16)}"


def _service_subject(notification: Notification) -> str:
    transitions = notification.transitions
    if not transitions:
        return clean_text(notification.headline, 100)
    if len(transitions) == 1:
        alert = transitions[0].alert
        late = ": data out of date" if alert.finding.rule == "source-stale" else ""
        return f"{alert.id} {_short(alert.headline or alert.finding.title)}{late}"
    return f"{len(transitions)} changes of sources"


def plain_form(notification: Notification) -> str:
    """The least that can be said: number, rule and link of each alert, in plain ASCII."""
    lines = [clean_text(notification.headline)] if notification.headline else []
    for transition in notification.transitions[:MOST_LINES]:
        alert = transition.alert
        ref = clean_text(alert.finding.ref, 80)
        news = "cleared" if transition.reason is Reason.CLEARED else transition.reason.value
        lines.append(f"{alert.id} {news}: {ref} ({clean_text(alert.finding.rule, 60)})")
        link = safe_url(alert.finding.url)
        lines += [f"  {link}"] if link else []
        lines.append(f"  syncd alerts explain {alert.id}")
    rest = len(notification.transitions) - MOST_LINES
    lines += [f"and {rest} more"] if rest > 0 else []
    text = "\n".join(["The full form of this mail could not be made or was refused.", "", *lines])
    return text.encode("ascii", "replace").decode() + "\n"


def bodies(notification: Notification, person: Person) -> tuple[str, str]:
    """Plain text and HTML that say the same."""
    today = local_day(notification.as_of, person.timezone)
    shown = sorted(notification.transitions, key=lambda one: one.reason in ENDS)
    if notification.kind in (NoticeKind.DIGEST, NoticeKind.ADOPTION):
        shown = shown[:MOST_LINES]
    victims = {one.root: one for one in notification.victims}
    views = [
        _view(transition, person, today, victims.get(transition.alert.fingerprint))
        for transition in shown
    ]
    name = _template(notification)
    rest = len(notification.transitions) - len(views)
    context = {
        "kind": notification.kind.value,
        "program": clean_text(notification.program, 60),
        "subject": subject(notification, person.timezone),
        "views": views,
        "view": views[0] if len(views) == 1 else None,
        "rest": rest,
        "when": moment(notification.as_of, person.timezone),
        "command": "" if person.role is Role.EXEC else "syncd alerts list",
        "headline": _headline(notification, views),
        "preheader": _preheader(notification, views),
        "lines": _paragraphs(notification),
        "old": old_sources(notification, person),
        "footer": footer(notification, person, views[0].rule if name == "alert" else ""),
        "c": PALETTE,
    }
    environment = _environment()
    text = environment.get_template(f"{name}.txt").render(context)
    html = environment.get_template(f"{name}.html").render(context)
    return _without_gaps(text), html.strip("\n") + "\n"


def _view(
    transition: Transition, person: Person, today: date, victims: Victims | None
) -> AlertView:
    """With what the alert speaks for; leaders read one line each, and what is over has none."""
    view = alert_view(transition, person, today)
    if victims is None or person.role is Role.EXEC or transition.reason in ENDS:
        return view
    shown = {row.ref for row in view.pushes}
    return replace(view, below=same_cause(transition.alert.finding, victims, shown))


def _template(notification: Notification) -> str:
    if not notification.transitions:
        return "service"
    is_one = len(notification.transitions) == 1
    return "alert" if is_one and notification.kind is not NoticeKind.ADOPTION else "digest"


def _headline(notification: Notification, views: list[AlertView]) -> str:
    total = len(notification.transitions)
    if notification.kind is NoticeKind.ADOPTION:
        were = "problem was" if total == 1 else "problems were"
        return f"{total} {were} there before syncd"
    if not notification.transitions:
        return clean_text(notification.headline)
    if total == 1:
        return views[0].headline
    return f"{total} changes: {counts(notification.transitions)}"


def _paragraphs(notification: Notification) -> list[str]:
    if notification.kind is NoticeKind.ADOPTION:
        each = (
            "it again when it changes"
            if len(notification.transitions) == 1
            else ("each of them again when it changes")
        )
        return [f"You hear of {each}, and not before."]
    return [clean_text(line, 600) for line in notification.lines]


def _preheader(notification: Notification, views: list[AlertView]) -> str:
    """What an inbox shows behind the subject: the news, without what the subject has said."""
    transitions = notification.transitions
    if not transitions:
        return clean_text(" ".join(notification.lines), 100)
    if len(transitions) > 1:
        names = dict.fromkeys(clean_text(view.title, 40) for view in views)
        return clean_text("; ".join(names), 100)
    view, one = views[0], transitions[0]
    if one.reason is Reason.NO_LONGER_VISIBLE:
        return clean_text(view.sentence, 100)
    rest = view.sentence if one.reason in ENDS else without_name(view.sentence, one.alert.finding)
    return clean_text(f"{view.news[:1].upper()}{view.news[1:]}: {rest}", 100)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("syncd.notifiers.email"),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["fill"] = _fill
    environment.filters["aligned"] = _aligned
    environment.filters["fixed"] = fixed
    environment.filters["prose"] = prose
    environment.globals["anchor"] = anchor
    return environment


def _fill(text: str, indent: str = "", hang: str = "", width: int = WIDTH) -> str:
    """`text` wrapped for plain mail; words, keys and links are never broken."""
    lines: list[str] = []
    line = indent
    for word in text.split():
        if line.strip() and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = hang or indent
        line += f" {word}" if line.strip() else word
    return "\n".join([*lines, line] if line.strip() else lines)


def _aligned(text: str) -> str:
    """Columns with three spaces between them, as long as they fit on a line."""
    return f"  {text}" if 0 < len(text) <= WIDTH - 2 else _fill(text, "  ")


def _without_gaps(text: str) -> str:
    """Plain text whose left-out parts leave one empty line at most; entries stay apart."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
