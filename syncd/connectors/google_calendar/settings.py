"""The `[sources.NAME]` section of a Google Calendar source."""

from __future__ import annotations

import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from syncd.connectors.calendars import HistoryDays, HorizonDays
from syncd.connectors.http import base_url

_NEEDED = {
    "service_account": ("client_email", "private_key", "token_uri"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}


class GoogleCalendarSettings(BaseModel):
    """What a Google Calendar source needs: which calendars, and a credential to read them with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    calendars: tuple[str, ...] = Field(
        default=(),
        description="Calendar ids to read (under Settings and sharing, Integrate calendar).",
    )
    holiday_calendars: tuple[str, ...] = Field(
        default=(),
        description="Calendar ids whose events are public or company holidays.",
    )
    discover: bool = Field(
        default=False,
        description="Also read the calendars in the account's own list, as far as their details "
        "are open to it; needs the scope calendar.calendarlist.readonly as well.",
    )
    only: tuple[str, ...] = Field(
        default=(),
        description='Of the discovered calendars take these: ids or names, such as "Release *".',
    )
    skip: tuple[str, ...] = Field(
        default=(), description="Of the discovered calendars leave these out; written as only."
    )
    credentials: SecretStr | None = Field(
        default=None,
        description="JSON key of a service account, or an authorised-user JSON, as one text.",
    )
    subject: str | None = Field(
        default=None,
        description="Person whom the service account acts for (domain-wide delegation); "
        "sharing the calendars with the service account needs fewer rights.",
    )
    url: str = Field(
        default="https://www.googleapis.com/calendar/v3",
        description="Address of the Calendar API.",
    )
    history_days: HistoryDays = 90
    horizon_days: HorizonDays = 180

    @field_validator("url")
    @classmethod
    def _usable_url(cls, url: str) -> str:
        return base_url(url, credential="credentials", example="https://www.googleapis.com/…")

    @field_validator("credentials")
    @classmethod
    def _known_credentials(cls, credentials: SecretStr | None) -> SecretStr | None:
        if credentials is not None:
            key = credential_parts(credentials)
            missing = [name for name in _NEEDED[key["type"]] if not isinstance(key.get(name), str)]
            if missing:
                raise ValueError(f"the {key['type']} JSON lacks {', '.join(missing)}")
        return credentials

    @model_validator(mode="after")
    def _some_calendar_once(self) -> Self:
        every = self.every_calendar
        if not every and not self.discover:
            raise ValueError(
                "name at least one calendar in calendars or holiday_calendars, or set discover"
            )
        if (self.only or self.skip) and not self.discover:
            raise ValueError("only and skip choose among discovered calendars: set discover = true")
        for calendar in every:
            if not calendar.strip():
                raise ValueError("a calendar id is empty")
            if every.count(calendar) > 1:
                raise ValueError(f'calendar "{calendar}" is listed twice')
        return self

    @property
    def every_calendar(self) -> tuple[str, ...]:
        """All calendar ids that are named, in the order in which they are read."""
        return (*self.calendars, *self.holiday_calendars)


def credential_parts(credentials: SecretStr) -> dict[str, Any]:
    """The credential JSON. Raises ValueError, without any part of it, if it is of no known type."""
    try:
        key = json.loads(credentials.get_secret_value())
    except (ValueError, RecursionError):
        raise ValueError("is not JSON: give the whole key file, not a path or a token") from None
    if isinstance(key, dict) and ("installed" in key or "web" in key):
        raise ValueError(
            "is that of an OAuth client: sign in with it, and give the JSON of who signed in "
            '("type": "authorized_user")'
        )
    if not isinstance(key, dict) or key.get("type") not in _NEEDED:
        raise ValueError('is not the JSON of a service account (its "type" says what it is)')
    return key
