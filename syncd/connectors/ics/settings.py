"""The `[sources.NAME]` section of a source of published calendars."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from syncd.connectors.calendars import HistoryDays, HorizonDays, Zone
from syncd.text import is_loopback

_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?\.?", re.IGNORECASE)


class IcsSettings(BaseModel):
    """What a source of published calendars needs: where they are, and how to read their times."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    calendars: dict[str, SecretStr] = Field(
        min_length=1,
        description="Name of a calendar → its https:// or webcal:// address. An address that opens "
        "the calendar to whoever knows it is a secret: put it into "
        "secrets/sources__NAME__calendars__CALENDAR instead. Nothing ever shows more than its "
        "host.",
    )
    timezone: Zone = Field(
        default="UTC", description="Zone of times that name none, in calendars that name none."
    )
    history_days: HistoryDays = 90
    horizon_days: HorizonDays = 180

    @field_validator("calendars")
    @classmethod
    def _usable_addresses(cls, calendars: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, address in calendars.items():
            if not name.strip():
                raise ValueError("a calendar has an empty name")
            trouble = _trouble(https(address.get_secret_value()))
            if trouble:
                # Whoever swaps name and address has put the secret where the name belongs.
                called = "a calendar" if "://" in name else f'"{name}"'
                raise ValueError(f"the address of {called} {trouble}")
        return calendars

    def address(self, calendar: str) -> str:
        """Where a calendar is, as https:// (http:// only on this machine). A secret."""
        return https(self.calendars[calendar].get_secret_value())

    def fingerprint(self, calendar: str) -> str:
        """Changes with whatever the events read depend on; tells nothing of the address."""
        parts = (self.address(calendar), self.timezone, self.history_days, self.horizon_days)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def https(address: str) -> str:
    """The address as it is asked for: webcal is https by another name."""
    plain = address.strip()
    scheme, separator, rest = plain.partition("://")
    return f"https://{rest}" if separator and scheme.lower() in ("webcal", "webcals") else plain


def _trouble(address: str) -> str:
    """What is wrong with an address, without a part of it; "" if nothing is."""
    try:
        where = urlsplit(address)
        host, _ = where.hostname or "", where.port
    except ValueError:
        return "is not an address"
    if where.username or where.password:
        return "holds a user name or password; take the calendar's secret address instead"
    if where.scheme != "https" and not (where.scheme == "http" and is_loopback(host)):
        return "must start with https:// or webcal:// (http:// is only for this machine)"
    if any(char.isspace() or not char.isprintable() for char in address):
        return "holds a space or another character that no address has"
    return "" if _is_host(host) else "names no host"


def _is_host(host: str) -> bool:
    """Whether it can be asked for: a name, also in letters of other scripts, or a number."""
    if ":" in host:
        return True
    try:
        return _HOST.fullmatch(host.encode("idna").decode()) is not None
    except UnicodeError:
        return False
