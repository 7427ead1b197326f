"""E-mail as a notifier: renders, and hands over to the server or to the outbox folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from syncd.errors import DeliveryError
from syncd.interfaces import INTERFACE, Check, Mark, Rendered
from syncd.model.alerts import Message, Notification
from syncd.model.people import Person
from syncd.notifiers.email.actions import Ways
from syncd.notifiers.email.outbox import Outbox
from syncd.notifiers.email.render import render, tried
from syncd.notifiers.email.settings import EmailSettings
from syncd.notifiers.email.smtp import Smtp
from syncd.notifiers.email.templating import Templates
from syncd.overrides import Flaw
from syncd.signing import Signing

_HEADERS_MENDED = {(3, 11): 10, (3, 12): 5}
"""First patch releases in which the header code itself keeps newlines out (CVE-2024-6923)."""


class EmailNotifier:
    """Mail by SMTP, or as `.eml` files where `to_outbox` is set. `Settings` is `[mail]`."""

    interface = INTERFACE
    Settings = EmailSettings

    def __init__(self, name: str, settings: EmailSettings) -> None:
        self.name = name
        self._settings = settings
        self._templates = Templates(settings.templates)
        self._ways: Ways | None = None
        self._instance = ""
        if settings.to_outbox or settings.smtp is None:
            self._way: Smtp | Outbox = Outbox(settings.outbox)
        else:
            self._way = Smtp(settings, settings.smtp)

    def answer_by(self, signing: Signing, public_url: str) -> None:
        """Put signed links and reply addresses into what is rendered from now on."""
        self._ways = Ways(self._settings, signing, public_url)

    def belong_to(self, instance: str) -> None:
        """Have each Message-ID name the store that the mail comes from."""
        self._instance = instance

    def check(self) -> Iterator[Check]:
        """Reachable and signed in; sends nothing."""
        yield from self._way.check()
        yield from self._check_templates()
        version = sys.version_info
        if version.micro < _HEADERS_MENDED.get((version.major, version.minor), 0):
            yield Check(
                mark=Mark.WARNING,
                text=f"Python {version.major}.{version.minor}.{version.micro} has a known weakness "
                "in mail headers (CVE-2024-6923); syncd cleans texts before they get there",
                fix=f"upgrade to Python {version.major}.{version.minor}."
                f"{_HEADERS_MENDED[version.major, version.minor]} or newer",
            )

    def _check_templates(self) -> Iterator[Check]:
        flaws = self.flaws()
        for flaw in flaws:
            text = f"{flaw.where}: {flaw.message}; such mails leave as plain text"
            yield Check(mark=Mark.WARNING, text=text, fix="mend or remove the file")
        if self._templates.own and not flaws:
            names = ", ".join(file.name for file in self._templates.own)
            yield Check(mark=Mark.OK, text=f"templates of your own: {names}")

    def flaws(self) -> tuple[Flaw, ...]:
        """What is wrong with templates of the operators' own."""
        return tried(self._templates)

    def refusal(self, address: str) -> str:
        """Why nothing may be sent to `address`; "" if it may."""
        return self._settings.refusal(address)

    def render(self, notification: Notification, person: Person) -> Rendered:
        """The final bytes. Raises DeliveryError (permanent) for an address that is not allowed."""
        return render(
            self._settings, notification, person, self._templates, self._ways,
            instance=self._instance,
        )  # fmt: skip

    def send(self, message: Message) -> None:
        """Returns when the server, or the file system, has taken the mail over."""
        refusal = self._settings.refusal(message.recipient)
        if refusal:
            raise DeliveryError(
                f"people.{message.person}.email: {refusal}",
                permanent=True,
                hint=f"correct people.{message.person}.email or mail.allowed_domains",
            )
        self._way.send(message)

    def close(self) -> None:
        """End the session with the server."""
        self._way.close()
