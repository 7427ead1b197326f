"""Notification → finished mail: subject, text, HTML, and a plain form that always works."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

from syncd.errors import DeliveryError
from syncd.interfaces import Rendered
from syncd.model.alerts import NoticeKind, Notification, Reason, Summary, Transition
from syncd.model.briefs import Brief, MeetingPack
from syncd.model.people import Person, Role
from syncd.model.weeklies import Weekly
from syncd.notifiers.email import occasions
from syncd.notifiers.email.actions import Ways, answering_of
from syncd.notifiers.email.charts import chart_of, picture_of
from syncd.notifiers.email.dates import day, local_day, moment
from syncd.notifiers.email.mime import Envelope, Letter
from syncd.notifiers.email.samples import READERS, samples
from syncd.notifiers.email.sentences import same_cause, without_name
from syncd.notifiers.email.settings import EmailSettings
from syncd.notifiers.email.templating import Templates
from syncd.notifiers.email.weeklies import fits, weekly_context, weekly_lines
from syncd.notifiers.email.words import (
    ENDS,
    AlertView,
    alert_view,
    counts,
    footer,
    news_of,
    old_sources,
)
from syncd.overrides import Flaw
from syncd.pictures.palette import DARK, LIGHT
from syncd.pictures.slips import slip_words
from syncd.text import clean_text, safe_url

MOST_LINES = 12
"""Alerts that one mail shows; the rest is a number."""

SHIPPED = Templates()
"""The templates as they come."""

_LOOK = {
    Summary.FIRST: "First look", Summary.JOINED: "Newly added", Summary.ASKED: "Taken as known",
    Summary.SEEN_LATE: "Seen late",
}  # fmt: skip
_OLD = {
    Summary.JOINED: "came with a project, repository or calendar that was added",
    Summary.SEEN_LATE: "could not be judged before", Summary.ASKED: "taken as known",
}  # fmt: skip


def render(
    settings: EmailSettings,
    notification: Notification,
    person: Person,
    templates: Templates = SHIPPED,
    ways: Ways | None = None,
    *,
    instance: str = "",
) -> Rendered:
    """The mail for `person`. A text that breaks the templates leaves as the plain form instead.

    Where operators' `templates` break, the shipped plain text leaves alone.

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
        ways=ways,
        instance=instance,
    )
    letter = Letter(envelope)
    fallback = letter.with_text(plain_form(notification))
    try:
        body = _full(letter, notification, person, templates)
    except Exception:  # noqa: BLE001 - whatever one text breaks, its reader gets the plain form (N9)
        body = _shipped_text(letter, notification, person) if templates.own else fallback
    return Rendered(
        message_id=envelope.message_id, subject=envelope.subject, body=body, fallback=fallback
    )


def _full(
    letter: Letter, notification: Notification, person: Person, templates: Templates
) -> bytes:
    picture = picture_of(chart_of(notification, person))
    address = f"cid:{letter.picture_id}" if picture else ""
    text, html = bodies(notification, person, address, templates, letter.ways)
    beside = notification.attachment if fits(notification) else None
    return letter.with_text(text, html, picture, beside)


def tried(templates: Templates) -> tuple[Flaw, ...]:
    """What operators' templates do wrong: by themselves, with made-up mails, and so far."""
    flaws = dict.fromkeys(templates.misread())
    if templates.own and not flaws:
        for notification, person in product(samples(), READERS):
            with suppress(Exception):
                bodies(notification, person, "cid:sample", templates)
    return tuple(flaws | dict.fromkeys(templates.met()))


def _shipped_text(letter: Letter, notification: Notification, person: Person) -> bytes:
    """What is sent where a template of the operators broke; the plain form where that does too."""
    try:
        name, context = _content(notification, person, "", letter.ways)
        return letter.with_text(SHIPPED.render(f"{name}.txt", context))
    except Exception:  # noqa: BLE001 - as in `render`
        return letter.with_text(plain_form(notification))


def subject(notification: Notification, zone: str = "UTC") -> str:
    """Of one alert the same for its whole life: program, number and what it was called at first.

    A digest is named by its day in the reader's zone: mail programs join equal subjects.
    """
    if notification.kind is NoticeKind.SERVICE:
        return f"[syncd] {_service_subject(notification)}"
    prefix = f"[{clean_text(notification.program, 40) or 'syncd'}]"
    if notification.content is not None:
        return f"{prefix} {clean_text(notification.content.subject, 140)}"
    count = len(notification.transitions)
    if notification.kind is NoticeKind.ADOPTION:
        begin = _LOOK[_summary(notification)]
        return f"{prefix} {begin}: {count} known problem{'s' if count != 1 else ''}"
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
    if isinstance(notification.content, Weekly):
        lines += weekly_lines(notification.content)
    elif notification.content is not None:
        return occasions.plain_form(notification.content)
    for transition in notification.transitions[:MOST_LINES]:
        alert = transition.alert
        news = news_of(transition) if transition.reason in ENDS else transition.reason.value
        ref = clean_text(alert.finding.ref, 80)
        lines.append(f"{alert.id} {news}: {ref} ({clean_text(alert.finding.rule, 60)})")
        link = safe_url(alert.finding.url)
        lines += [f"  {link}"] if link else []
        lines.append(f"  syncd alerts explain {alert.id}")
    rest = len(notification.transitions) - MOST_LINES
    lines += [f"and {rest} more"] if rest > 0 else []
    text = "\n".join(["The full form of this mail could not be made or was refused.", "", *lines])
    return text.encode("ascii", "replace").decode() + "\n"


def bodies(
    notification: Notification,
    person: Person,
    picture: str = "",
    templates: Templates = SHIPPED,
    ways: Ways | None = None,
) -> tuple[str, str]:
    """Plain text and HTML that say the same.

    `picture` is the address of the chart in the HTML; without one its words stand there.
    """
    name, context = _content(notification, person, picture, ways)
    return templates.render(f"{name}.txt", context), templates.render(f"{name}.html", context)


def _content(
    notification: Notification, person: Person, picture: str, ways: Ways | None
) -> tuple[str, dict[str, Any]]:
    """The name of the templates, without their ends, and all that they may show."""
    if notification.content is not None:
        return _of_content(notification, notification.content, person)
    today = local_day(notification.as_of, person.timezone)
    shown = sorted(notification.transitions, key=lambda one: one.reason in ENDS)
    if notification.kind in (NoticeKind.DIGEST, NoticeKind.ADOPTION):
        shown = shown[:MOST_LINES]
    views = [_view(transition, notification, person, today) for transition in shown]
    name = _template(notification)
    rest = len(notification.transitions) - len(views)
    chart = chart_of(notification, person)
    answering = answering_of(ways, shown, notification, person)
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
        "footer": footer(
            notification, person, views[0].rule if name == "alert" else "",
            bare=not answering["answers"],
        ),
        "course": slip_words(chart) if chart else "",
        "picture": picture,
        "c": LIGHT,
        "d": DARK,
    }  # fmt: skip
    return name, context | answering


def _of_content(
    notification: Notification, content: Brief | MeetingPack | Weekly, person: Person
) -> tuple[str, dict[str, Any]]:
    """(name of the templates, what fills them) of what comes at set times."""
    if isinstance(content, Weekly):
        return "weekly", weekly_context(notification, person, content)
    name, context = occasions.context(content, person, notification.why)
    return name, {**context, "subject": subject(notification), "c": LIGHT, "d": DARK}


def _view(
    transition: Transition, notification: Notification, person: Person, today: date
) -> AlertView:
    """With what the alert speaks for; leaders read one line each, and what is over has none."""
    view = alert_view(transition, person, today, notification.course)
    roots = {one.root: one for one in notification.victims}
    victims = roots.get(transition.alert.fingerprint)
    if victims is None or person.role is Role.EXEC or transition.reason in ENDS:
        return view
    shown = {row.ref for row in view.pushes}
    return replace(view, below=same_cause(transition.alert.finding, victims, shown))


def _template(notification: Notification) -> str:
    if not notification.transitions:
        return "service"
    is_one = len(notification.transitions) == 1
    return "alert" if is_one and notification.kind is not NoticeKind.ADOPTION else "digest"


def _summary(adoption: Notification) -> Summary:
    return Summary(adoption.key.partition(" ")[0])


def _headline(notification: Notification, views: list[AlertView]) -> str:
    total = len(notification.transitions)
    if notification.kind is NoticeKind.ADOPTION:
        problems = "problem" if total == 1 else "problems"
        were = f"{'was' if total == 1 else 'were'} there before syncd"
        return f"{total} {problems} {_OLD.get(_summary(notification), were)}"
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
