"""The `[mail]` section: who mail comes from, and the server or folder it goes to."""

from __future__ import annotations

import re
from email.utils import getaddresses, parseaddr
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from syncd.signing import SHORTEST_KEY
from syncd.text import is_loopback

LONGEST_LOCAL = 20
"""Characters of a reply address before `+`: a local part has 64 at most (RFC 5321)."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_DEFAULT_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Tls(StrEnum):
    """How the connection to the server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SmtpSettings(BaseModel):
    """The submission server."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

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
        if self.tls is Tls.NONE and not is_loopback(self.host):
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


class InboxSettings(BaseModel):
    """The mailbox that replies come to."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(description="Name of the IMAP server.", examples=["imap.example.com"])
    port: int | None = Field(
        default=None, ge=1, le=65535, description="Default: 993 with tls, 143 with starttls."
    )
    tls: Tls = Field(
        default=Tls.TLS,
        description='"tls", "starttls", or "none", which is accepted for this machine only.',
    )
    user: str = Field(description="Account that signs in.")
    password: SecretStr = Field(description="Only from the secrets folder (mail__inbox__password).")
    ca_file: Path | None = Field(
        default=None, description="PEM file with the authority of a private certificate."
    )
    folder: str = Field(default="INBOX", description="Mailbox that is read.")
    address: str = Field(
        default="",
        description="Address that replies go to; the server must deliver mail to `name+anything@` "
        "of it there. Default: the address of `from`.",
    )
    every: float = Field(
        default=60.0, gt=0, le=86400, description="Seconds between two looks of `syncd serve`."
    )
    mark_seen: bool = Field(
        default=True, description="Mark replies as read once they were taken; none is deleted."
    )
    move_to: str = Field(
        default="",
        description="Mailbox that replies are moved to once they were taken; copied where the "
        "server cannot move.",
    )
    timeout: float = Field(
        default=30.0, gt=0, le=300, description="Seconds to wait for each answer of the server."
    )

    @field_validator("folder", "move_to", "user")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line of printable characters")
        return value

    @field_validator("address")
    @classmethod
    def _is_plain(cls, value: str) -> str:
        if value and not is_address(value):
            raise ValueError('not an address; write "syncd@example.com"')
        return value

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> InboxSettings:
        if self.tls is Tls.NONE and not is_loopback(self.host):
            raise ValueError('tls = "none" is accepted for this machine only; write "tls"')
        return self

    @property
    def place(self) -> tuple[str, int]:
        """Host and port to connect to."""
        ports = {Tls.TLS: 993, Tls.STARTTLS: 143, Tls.NONE: 143}
        return self.host, self.port or ports[self.tls]

    @property
    def name(self) -> str:
        """What positions in it are kept under: `user@host/folder`."""
        return f"{self.user}@{self.host}/{self.folder}"


class Actions(StrEnum):
    """How a reader answers a mail."""

    NONE = "none"
    MAILTO = "mailto"
    LINK = "link"


class EmailSettings(BaseModel):
    """How mail is sent."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )
    written: ClassVar[frozenset[str]] = frozenset({"outbox"})
    """Paths that syncd writes: `Settings.validate_section` puts them with its state."""

    sender: str = Field(
        alias="from",
        description="Address that mail comes from, with or without a name.",
        examples=["syncd <syncd@example.com>"],
    )
    smtp: SmtpSettings | None = Field(default=None, description="Server that mail is given to.")
    to_outbox: bool = Field(
        default=False, description="true: write .eml files into `outbox`, send nothing."
    )
    outbox: Path = Field(
        default=Path("outbox"),
        description="Folder of those files; by default in the state folder, "
        "where `STATE_DIRECTORY` names one.",
    )
    templates: Path = Field(
        default=Path("templates"),
        description="Folder of templates of your own, which change parts of mails; it need not be "
        "there. See `config/templates/README.md`.",
    )
    allowed_domains: tuple[str, ...] = Field(
        default=(), description="Nobody outside these domains is written to; empty: no limit."
    )
    bounces: str = Field(
        default="",
        description="Address that returned mail goes to (the sender of the envelope); without it "
        "the address of `from`.",
        examples=["syncd-bounces@example.com"],
    )
    timeout: float = Field(
        default=60.0, gt=0, le=600, description="Seconds to wait for each answer of the server."
    )

    actions: Actions = Field(
        default=Actions.NONE,
        description='How readers answer: "none" shows commands to type, "mailto" takes replies '
        '(needs `inbox`), "link" opens a page that asks before it acts (needs `serve.public_url`).',
    )
    inbox: InboxSettings | None = Field(default=None, description="Mailbox that replies come to.")
    signing_secret: SecretStr | None = Field(
        default=None,
        description="Signs links and reply addresses: 32 characters or more. Without it one is "
        "made and kept in the state folder.",
    )

    @field_validator("signing_secret")
    @classmethod
    def _cannot_be_guessed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(
                f"shorter than {SHORTEST_KEY} characters; make one with: openssl rand -hex 32"
            )
        return value

    @field_validator("sender")
    @classmethod
    def _sender_is_one_address(cls, value: str) -> str:
        addresses = getaddresses([value])
        if not value.isprintable() or len(addresses) != 1 or not is_address(addresses[0][1]):
            raise ValueError('not an address; write "syncd@example.com" or "Name <name@host>"')
        return value

    @field_validator("bounces")
    @classmethod
    def _bounces_to_one_address(cls, value: str) -> str:
        if value and not is_address(value):
            raise ValueError('not an address; write it alone, as "syncd-bounces@example.com"')
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

    @model_validator(mode="after")
    def _replies_are_read(self) -> EmailSettings:
        if self.actions is Actions.MAILTO and self.inbox is None:
            raise ValueError('actions = "mailto" needs an inbox: add [mail.inbox]')
        local = self.reply_address.rpartition("@")[0]
        if self.inbox is not None and len(local) > LONGEST_LOCAL:
            raise ValueError(
                f"inbox.address: at most {LONGEST_LOCAL} characters may stand before its @, since "
                "a signature is added"
            )
        return self

    @property
    def reply_address(self) -> str:
        """Where replies go, without what is added to it."""
        return (self.inbox.address if self.inbox else "") or self.sender_address

    @property
    def sender_name(self) -> str:
        """Name part of `from`, or ""."""
        return parseaddr(self.sender)[0]

    @cached_property
    def sender_address(self) -> str:
        """Address part of `from`."""
        return parseaddr(self.sender)[1]

    @property
    def envelope_sender(self) -> str:
        """Where a server returns what it cannot deliver."""
        return self.bounces or self.sender_address

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
