"""`syncd brief`: the morning brief, or the pack of a meeting, in the terminal."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.cli.brief_forms import documents, markdown, show
from syncd.cli.log import since_of
from syncd.cli.options import Options, Usage, require
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, open_app, start_log
from syncd.errors import StoreLocked
from syncd.model.alerts import Message, MessageState
from syncd.model.briefs import Brief, MeetingPack

if TYPE_CHECKING:
    from syncd.app import App
    from syncd.briefing.reader import Reader
    from syncd.model.items import CalendarEvent
    from syncd.settings import Settings

NEXT = "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for; "" = the default."""

    person: str = ""
    since: str = ""
    meeting: str = ""
    everything: bool = False
    """Nothing is left out."""
    send: bool = False


def brief(options: Options, request: Request) -> int:
    """Print it, and with `--send` mail it; 3 if the mail was not accepted, else 0."""
    start_log(options)
    screen = Screen(options)
    app, owns = _opened(options, request)
    with app:
        current = now()
        reader = _reader(app, _person(app.settings, request.person), options, current)
        content = _content(app, reader, request)
        _print(screen, content)
        if content is None or not request.send:
            return 0
        return _send(app, screen, reader, content, owns=owns)


def _opened(options: Options, request: Request) -> tuple[App, bool]:
    """The application, and whether it may send: beside a service it may only queue."""
    if not request.send:
        return open_app(options, read_only=True), False
    try:
        return open_app(options, own=True), True
    except StoreLocked:
        return open_app(options), False


def _person(settings: Settings, named: str) -> str:
    """Whose brief: as named, else whoever types it, else the only one who can be meant."""
    people = settings.people
    if named:
        require("person", [named], people)
        return named
    asked = [name for name, person in people.items() if person.brief is not None]
    for some in ([name for name in people if name == _user()], list(people), asked):
        if len(some) == 1:
            return some[0]
    known = ", ".join(sorted(people)) or "none"
    raise Usage(f"whose brief? Configured: {known}", "syncd brief --for PERSON")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _reader(app: App, person: str, options: Options, current: datetime) -> Reader:
    """The person on the material of now; `--tz` moves them."""
    from dataclasses import replace

    from syncd.briefing.reader import Reader

    material = app.prepare(current)
    known = next(one for one in material.view.config.people if one.id == person)
    return Reader.of(replace(known, timezone=options.zone or known.timezone), material)


def _content(app: App, reader: Reader, request: Request) -> Brief | MeetingPack | None:
    from syncd.briefing.brief import brief as of_today
    from syncd.briefing.due import since as since_last
    from syncd.briefing.pack import pack

    if request.meeting:
        event = _event(reader, app.settings, request.meeting)
        return pack(reader, event, whole=request.everything) if event else None
    zone = ZoneInfo(reader.zone)
    begun = since_of(request.since, reader.today, zone, command="syncd brief")
    at = reader.material.as_of
    last = since_last(reader.person, reader.calendar, app.store.messages(), at)
    return of_today(reader, begun or last, whole=request.everything)


def _event(reader: Reader, settings: Settings, named: str) -> CalendarEvent | None:
    """The next meeting of that name, or of the reader; None where there is none ahead."""
    from syncd.briefing import meetings

    if named == NEXT:
        return next(meetings.upcoming(reader), None)
    found = next(_called(reader, settings, named), None)
    if found is None:
        names = ", ".join(sorted(settings.meetings)) or "none"
        raise Usage(
            f'no meeting "{clean(named)}" is ahead; in the configuration: {names}',
            "syncd brief --meeting next",
        )
    return found


def _called(reader: Reader, settings: Settings, named: str) -> Iterator[CalendarEvent]:
    from syncd.briefing import meetings

    view, words = reader.material.view, named.casefold().split()
    table = settings.meetings.get(named)
    keys = {item.key for item in view.select(table.match)} if table else set()
    for event in meetings.ahead(reader.material):
        by_title = not table and all(word in event.title.casefold() for word in words)
        if event.key in keys or (by_title and words):
            yield event


def _print(screen: Screen, content: Brief | MeetingPack | None) -> None:
    if screen.options.format == "jsonl":
        screen.lines_of(list(documents(content)))
    elif screen.is_json:
        kind = "pack" if isinstance(content, MeetingPack) or content is None else "brief"
        entry = next(iter(documents(content, whole=True)), None)
        screen.document({"schema": "syncd/brief/1", kind: entry})
    elif content is None:
        screen.text("No meeting is ahead.")
    elif screen.options.format == "md":
        screen.raw(markdown(content))
    else:
        show(screen, content)


def _send(
    app: App, screen: Screen, reader: Reader, content: Brief | MeetingPack, *, owns: bool
) -> int:
    """Mail it now; asked for twice within a minute it is sent once."""
    from syncd.briefing.due import notice

    at = reader.material.as_of
    what = "brief" if isinstance(content, Brief) else f"pack {content.meeting.key}"
    about = f"asked for: {what}", int(at.timestamp()) // 60
    queued = app.queue([notice(reader, content, about=about, at=None)], at)
    if not owns:
        screen.note(f"Queued for {clean(reader.person.email)}; the syncd that runs sends it.")
        return 3 if any(one.error for one in queued) else 0
    tried = [one for one in app.deliver(at) if about in one.alerts]
    mine = tried or [one for one in app.store.messages() if about in one.alerts]
    for one in mine:
        screen.note(_outcome(one) + ("" if tried else " That was less than a minute ago."))
    return 3 if any(one.state is not MessageState.SENT for one in mine) else 0


def _outcome(message: Message) -> str:
    if message.state is MessageState.SENT:
        return f"Sent to {clean(message.recipient)}."
    return f"Not sent to {clean(message.recipient)}: {clean(message.error)}"
