"""The `[mail]` section: who mail comes from, and the server or folder it goes to."""

from __future__ import annotations

import ipaddress
import re
from email.utils import getaddresses, parseaddr
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_DEFAULT_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Tls(StrEnum):
    """How the connection to the server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SmtpSettings(BaseModel):
    """The submission server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(description="Name of the submission server.", examples=["smtp.example.com"])
    port: int | None = Field(
        default=None, ge=1, le=65535, description="Default: 587 with starttls, 465 with tls."
    )
    tls: Tls = Field(
        default=Tls.STARTTLS,
        description='"starttls", "tls", or "none", which is accepted for this machine only.',
    )
    user: str | None = Field(default=None, description="Account that signs in; needs TLS.")
    password: SecretStr | None = Field(
        default=None, description="Only from the secrets folder (mail__smtp__password)."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file with the authority of a private certificate."
    )

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> SmtpSettings:
        if self.tls is Tls.NONE and not _is_this_machine(self.host):
            raise ValueError('tls = "none" is accepted for this machine only; write "starttls"')
        if self.tls is Tls.NONE and self.user is not None:
            raise ValueError('a password is never sent without TLS; write tls = "starttls"')
        if self.user is not None and self.password is None:
            raise ValueError("user is given, but no password: put it in mail__smtp__password")
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to."""
        return self.host, self.port or _DEFAULT_PORTS[self.tls]


class EmailSettings(BaseModel):
    """How mail is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    sender: str = Field(
        alias="from",
        description="Address that mail comes from, with or without a name.",
        examples=["syncd <syncd@example.com>"],
    )
    smtp: SmtpSettings | None = Field(default=None, description="Server that mail is given to.")
    to_outbox: bool = Field(
        default=False, description="true: write .eml files into `outbox`, send nothing."
    )
    outbox: Path = Field(default=Path("outbox"), description="Folder of those files.")
    templates: Path = Field(
        default=Path("templates"),
        description="Folder of templates of your own, which change parts of mails; it need not be "
        "there. See `config/templates/README.md`.",
    )
    allowed_domains: tuple[str, ...] = Field(
        default=(), description="Nobody outside these domains is written to; empty: no limit."
    )
    timeout: float = Field(
        default=60.0, gt=0, le=600, description="Seconds to wait for each answer of the server."
    )

    @field_validator("sender")
    @classmethod
    def _sender_is_one_address(cls, value: str) -> str:
        addresses = getaddresses([value])
        if not value.isprintable() or len(addresses) != 1 or not is_address(addresses[0][1]):
            raise ValueError('not an address; write "syncd@example.com" or "Name <name@host>"')
        return value

    @field_validator("allowed_domains")
    @classmethod
    def _lower(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(domain.lower().removeprefix("@") for domain in value)

    @model_validator(mode="after")
    def _goes_somewhere(self) -> EmailSettings:
        if self.smtp is None and not self.to_outbox:
            raise ValueError("neither a server nor a folder: add smtp = {…} or to_outbox = true")
        return self

    @property
    def sender_name(self) -> str:
        """Name part of `from`, or ""."""
        return parseaddr(self.sender)[0]

    @property
    def sender_address(self) -> str:
        """Address part of `from`."""
        return parseaddr(self.sender)[1]

    @property
    def host(self) -> str:
        """Domain of the sender: right side of message ids and list names."""
        return self.sender_address.rpartition("@")[2].lower()

    def refusal(self, address: str) -> str:
        """Why nothing may be sent to `address`; "" if it may."""
        if not is_address(address):
            return "not an address that mail can be sent to"
        domain = address.rpartition("@")[2].lower()
        if self.allowed_domains and domain not in self.allowed_domains:
            return f"{domain} is not among mail.allowed_domains"
        return ""


def is_address(text: str) -> bool:
    """Whether `text` is one plain mail address, safe to stand in a header and an envelope."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
