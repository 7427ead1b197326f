"""Mail that comes back: the signing key, the desk that takes answers, looks at the inbox."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from syncd.answer_seams import Answerable, Belonging
from syncd.answering import Desk
from syncd.errors import ConfigError
from syncd.inbox.reading import InboxReport, Look, check
from syncd.interfaces import Check, Mark, Notifier, Store
from syncd.keys import FILE, signing_key
from syncd.model.grants import LINK_LIFE, Signer
from syncd.model.mailboxes import Mailbox
from syncd.notifiers.email.settings import Actions, EmailSettings
from syncd.settings import Settings
from syncd.signing import Signing


class Mailroom:
    """What one configuration does with answers. Makes the signing key where there is none."""

    def __init__(self, settings: Settings, store: Store, *, read_only: bool = False) -> None:
        self._store, self._looked_at = store, 0.0
        self.mail = settings.validate_section("mail", EmailSettings) if settings.mail else None
        self._public_url = settings.serve.public_url
        self._signing: Signing | None = None
        self.desk: Desk | None = None
        """None where nothing can be answered."""
        if self._can_be_answered(settings):
            secret = self.mail.signing_secret if self.mail else None
            configured = secret.get_secret_value() if secret else ""
            key = signing_key(configured, settings.state, read_only=read_only)
            self._signed_by = "mail.signing_secret" if configured else str(settings.state / FILE)
            self._signing = Signing(key)
            self.desk = Desk(settings, store, self._signing)

    def _can_be_answered(self, settings: Settings) -> bool:
        if settings.serve.address is not None:
            return True
        mail = self.mail
        return mail is not None and (mail.inbox is not None or mail.actions is not Actions.NONE)

    @property
    def signing(self) -> Signing | None:
        """What links are signed by; None where nothing can be answered."""
        return self._signing

    def prepare(self, notifiers: Iterable[Notifier]) -> None:
        """Let what they send be answered, and tell which store it comes from."""
        instance = self._store.instance()
        for notifier in notifiers:
            if isinstance(notifier, Belonging):
                notifier.belong_to(instance)
            if self._signing is not None and isinstance(notifier, Answerable):
                notifier.answer_by(self._signing, self._public_url)

    def check(self) -> Iterator[Check]:
        """A line of `syncd doctor` about the inbox, where there is one."""
        if self.mail is not None and self.mail.inbox is not None:
            yield check(self.mail.inbox)

    def note_key(self, now: datetime) -> None:
        """Have the store know by which key links are signed here, for those who sign elsewhere."""
        if self._signing is not None:
            mine = self._signing.check_value(self._store.instance())
            known = Signer(check_value=mine, host=socket.gethostname(), noted_at=now)
            self._store.note_signer(known)

    def known_signing(self, now: datetime) -> Signing:
        """What links are signed by. Raises ConfigError where those made here would open nothing."""
        if self._signing is None:
            raise ConfigError("nothing shows pages or takes answers", hint="set serve.bind")
        known = [one for one in self._store.signers() if one.noted_at + LINK_LIFE > now]
        mine = self._signing.check_value(self._store.instance())
        if known and mine not in [one.check_value for one in known]:
            host = known[0].host
            raise ConfigError(
                f"{host} signs by another secret than {self._signed_by}, so that it would refuse "
                "a link that is made here",
                hint=f"type the command on {host}, or set the same mail.signing_secret",
            )
        return self._signing

    def check_key(self, now: datetime) -> Iterator[Check]:
        """A warning for each other key whose links may still be used."""
        if self._signing is None:
            return
        mine = self._signing.check_value(self._store.instance())
        for one in self._store.signers():
            ends = one.noted_at + LINK_LIFE
            if one.check_value != mine and ends > now:
                yield Check(
                    mark=Mark.WARNING,
                    text=f"links of mails that {one.host} signed until {one.noted_at:%d %b %H:%M} "
                    f"UTC are refused here, and ours there: it has another secret than "
                    f"{self._signed_by}",
                    fix="set the same mail.signing_secret on every machine and restart; if it was "
                    f"replaced on purpose, nothing: such links end on {ends:%d %b}",
                )

    def read(
        self, now: datetime, should_stop: Callable[[], bool], *, when_due: bool = False
    ) -> InboxReport | None:
        """One look at the inbox; None where there is none, or (`when_due`) it is too early."""
        mail, desk = self.mail, self.desk
        if mail is None or mail.inbox is None or desk is None:
            return None
        present = time.monotonic()
        if when_due and self._looked_at and present - self._looked_at < mail.inbox.every:
            return None
        self._looked_at = present
        look = Look(mail, mail.inbox, self._store, should_stop=should_stop)
        return look.read(lambda letter: desk.reply(letter, now), now)


def mailbox_of(settings: Settings, store: Store) -> Mailbox | None:
    """The configured inbox as it was last met; None where there is none. Runs no command."""
    found = settings.check_section("mail", EmailSettings)[0] if settings.mail else None
    return None if found is None or found.inbox is None else store.mailbox(found.inbox.name)
