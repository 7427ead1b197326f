"""Notification → finished mail: subject, text, HTML, and a plain form that always works."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from syncd.errors import DeliveryError
from syncd.interfaces import Rendered
from syncd.model.alerts import NoticeKind, Notification, Reason
from syncd.model.people import Person
from syncd.notifiers.email.mime import Envelope, Letter
from syncd.notifiers.email.settings import EmailSettings
from syncd.notifiers.email.words import AlertView, alert_view, counts, footer, moment, safe_url
from syncd.text import clean_text

MOST_LINES = 12
"""Alerts that one mail shows; the rest is a number."""

PALETTE = {
    "ink": "#1f2328", "mute": "#57606a", "late": "#b33f00", "risk": "#8a5a00",
    "ok": "#00735a", "none": "#57606a", "link": "#0058a3", "rule": "#eaeef2",
    "late_tint": "#fde3d3", "risk_tint": "#fdf0cd", "ok_tint": "#d5efe6", "none_tint": "#eaeef2",
    "late_word": "#8f3200", "risk_word": "#714a00", "ok_word": "#005c48", "none_word": "#57606a",
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
        subject=subject(notification),
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


def subject(notification: Notification) -> str:
    """Of one alert the same for its whole life: program, number and what it was called at first."""
    if notification.kind is NoticeKind.SERVICE:
        return f"[syncd] {_service_subject(notification)}"
    prefix = f"[{clean_text(notification.program, 40) or 'syncd'}]"
    count = len(notification.transitions)
    if notification.kind is NoticeKind.ADOPTION:
        return f"{prefix} First look: {count} known problem{'s' if count != 1 else ''}"
    if count != 1:
        return f"{prefix} {count} changes"
    alert = notification.transitions[0].alert
    name = alert.headline or alert.finding.title or alert.finding.ref
    return f"{prefix} {alert.id} {clean_text(name, 100)}"


def _service_subject(notification: Notification) -> str:
    transitions = notification.transitions
    if not transitions:
        return clean_text(notification.headline, 100)
    if len(transitions) == 1:
        alert = transitions[0].alert
        return f"{alert.id} {clean_text(alert.headline or alert.finding.title, 100)}"
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
    shown = notification.transitions
    if notification.kind in (NoticeKind.DIGEST, NoticeKind.ADOPTION):
        shown = shown[:MOST_LINES]
    views = [alert_view(transition, person) for transition in shown]
    name = _template(notification)
    context = {
        "kind": notification.kind.value,
        "program": clean_text(notification.program, 60),
        "subject": subject(notification),
        "views": views,
        "view": views[0] if len(views) == 1 else None,
        "total": len(notification.transitions),
        "rest": len(notification.transitions) - len(views),
        "headline": _headline(notification, views, person),
        "preheader": _preheader(notification, views),
        "lines": [clean_text(line, 600) for line in notification.lines],
        "footer": footer(notification, person),
        "c": PALETTE,
    }
    environment = _environment()
    text = environment.get_template(f"{name}.txt").render(context)
    html = environment.get_template(f"{name}.html").render(context)
    return _without_gaps(text), html.strip("\n") + "\n"


def _template(notification: Notification) -> str:
    if not notification.transitions:
        return "service"
    is_one = len(notification.transitions) == 1
    return "alert" if is_one and notification.kind is not NoticeKind.ADOPTION else "digest"


def _headline(notification: Notification, views: list[AlertView], person: Person) -> str:
    total = len(notification.transitions)
    if notification.kind is NoticeKind.ADOPTION:
        were = "problem was" if total == 1 else "problems were"
        return f"{total} {were} there before syncd; you hear of each again when it changes"
    if not notification.transitions:
        return clean_text(notification.headline)
    if total == 1:
        return views[0].headline
    return f"{total} changes, {moment(notification.as_of, person.timezone)}"


def _preheader(notification: Notification, views: list[AlertView]) -> str:
    if len(notification.transitions) == 1:
        view = views[0]
        return clean_text(f"{view.news}: {view.headline}", 100)
    return clean_text(counts(views) or " ".join(notification.lines), 100)


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
    environment.filters["fixed"] = _fixed
    return environment


def _fill(text: str, indent: str = "", hang: str = "", width: int = 76) -> str:
    """`text` wrapped for plain mail; words, keys and links are never broken."""
    lines: list[str] = []
    line = indent
    for word in text.split():
        if line.strip() and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = hang or indent
        line += f" {word}" if line.strip() else word
    return "\n".join([*lines, line] if line.strip() else lines)


def _without_gaps(text: str) -> str:
    """Plain text whose left-out parts leave one empty line at most; entries stay apart."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _fixed(text: str) -> Markup:
    """A key or a date that no client may break over two lines."""
    return Markup(str(escape(text)).replace("-", "&#8209;").replace(" ", "&nbsp;"))  # noqa: S704
