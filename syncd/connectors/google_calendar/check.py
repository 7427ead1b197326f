"""What `syncd doctor` says about a Google Calendar source: rights that lack, rights too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from syncd.connectors.answers import failed_check
from syncd.connectors.google_calendar.client import CalendarClient
from syncd.connectors.google_calendar.discovery import Listed
from syncd.connectors.google_calendar.reading import BUSY_ONLY
from syncd.connectors.google_calendar.settings import GoogleCalendarSettings
from syncd.errors import NotVisible, SourceError
from syncd.interfaces import Check, Mark

_MORE_THAN_NEEDED = frozenset({"writer", "writerWithoutPrivateAccess", "owner"})
_WHO = frozenset(
    {
        "openid",
        "email",
        "profile",
        "https://www.googleapis.com/auth/userinfo.email",
        "https://www.googleapis.com/auth/userinfo.profile",
    }
)
"""Scopes that only tell who signed in."""


def checks(
    client: CalendarClient, settings: GoogleCalendarSettings, found: Iterable[Listed], name: str
) -> Iterator[Check]:
    """Sign-in, then each calendar with what may be seen of it; stops where going on is useless.

    `found` is read only if calendars are to be discovered.
    """
    account = client.identity.account
    yield Check(mark=Mark.NOTE, text=f"reads as {account}")
    if settings.subject:
        yield Check(
            mark=Mark.WARNING,
            text=f"acts for {settings.subject} by domain-wide delegation, which opens "
            "every calendar of that person",
            fix=f"share the calendars with {account} and remove subject",
        )
    try:
        for calendar in settings.every_calendar:
            yield _calendar(client, calendar, settings)
        if settings.discover:
            yield from _found(list(found), name)
    except SourceError as error:
        yield failed_check(error)
        return
    yield from _scopes(client, name)


def _calendar(client: CalendarClient, calendar: str, settings: GoogleCalendarSettings) -> Check:
    """Raises SourceError for trouble that every calendar would meet."""
    try:
        answer = client.events(calendar, maxResults=1)
    except NotVisible as error:
        return failed_check(error)
    return _readable(calendar, answer, client, settings)


def _readable(
    calendar: str, answer: dict[str, Any], client: CalendarClient, settings: GoogleCalendarSettings
) -> Check:
    name, account = answer.get("summary") or calendar, client.identity.account
    role = answer.get("accessRole") or "reader"
    if role == BUSY_ONLY:
        return Check(
            mark=Mark.WARNING,
            text=f'calendar "{name}": busy times only, so no event of it can be told apart',
            fix=f"share it with {account} with the right: See all event details",
        )
    # A person owns calendars for other reasons; what a service account may do is ours to keep low.
    if role in _MORE_THAN_NEEDED and client.identity.is_service and not settings.subject:
        return Check(
            mark=Mark.WARNING,
            text=f'calendar "{name}": readable, and {account} may change it too ({role})',
            fix=f"share it with {account} with no more than: See all event details",
        )
    return Check(mark=Mark.OK, text=f'calendar "{name}": readable as {role}')


def _found(found: list[Listed], name: str) -> Iterator[Check]:
    read = [one for one in found if not one.left_out]
    for one in read:
        yield Check(
            mark=Mark.OK, text=f'found calendar "{one.name}" ({one.id}): readable as {one.role}'
        )
    for one in found:
        if one.left_out:
            yield Check(
                mark=Mark.NOTE, text=f'found calendar "{one.name}" ({one.id}): {one.left_out}'
            )
    if not read:
        yield Check(
            mark=Mark.WARNING,
            text=f"{len(found)} calendars found, none of which is read",
            fix=f"name calendars in sources.{name}.calendars; a calendar that is shared with a "
            "service account is not in its list by itself",
        )


def _scopes(client: CalendarClient, name: str) -> Iterator[Check]:
    granted, wanted = client.identity.granted, client.identity.wanted
    needless = sorted(granted - set(wanted) - _WHO)
    if needless:
        yield Check(
            mark=Mark.WARNING,
            text=f"the sign-in may do more than reading needs: {', '.join(needless)}",
            fix=f"consent anew with {' and '.join(wanted)} only, and renew the credential of "
            f"source {name}",
        )
