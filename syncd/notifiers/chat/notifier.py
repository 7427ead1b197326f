"""A chat as a notifier: renders a short text and posts it into one room."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from syncd.errors import DeliveryError
from syncd.interfaces import INTERFACE, Check, Mark, Rendered
from syncd.model.alerts import Message, Notification
from syncd.model.people import Person
from syncd.notifiers.chat import words
from syncd.notifiers.chat.client import Room
from syncd.notifiers.chat.settings import ChatSettings


class ChatNotifier:
    """Posts into the room at `url`. `Settings` is `[notifiers.NAME]` of kind `chat`.

    Everybody it is configured for reads the same room, so a message is the same one for all of
    them: it is queued for the first and not again.
    """

    interface = INTERFACE
    Settings = ChatSettings

    def __init__(self, name: str, settings: ChatSettings) -> None:
        self.name = name
        self._room = Room(name, settings.secret_url.get_secret_value(), settings.timeout)

    def check(self) -> Iterator[Check]:
        """Whether apprise is there and understands the address; posts nothing."""
        try:
            kind = self._room.open()
        except DeliveryError as error:
            yield Check(
                mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=error.exit_code
            )
        else:
            yield Check(mark=Mark.OK, text=f"{kind}, address understood; nothing posted")

    def render(self, notification: Notification, person: Person) -> Rendered:
        """The final text, which is posted below its subject."""
        return Rendered(
            message_id=self._message_id(notification),
            subject=words.subject(notification),
            body=words.text(notification, person).encode(),
            fallback=words.plain_form(notification).encode(),
            recipient=self.name,
        )

    def send(self, message: Message) -> None:
        """Returns when the server has taken the message."""
        self._room.post(message.subject, message.body.decode())

    def close(self) -> None:
        """Forget the session."""
        self._room.close()

    def _message_id(self, notification: Notification) -> str:
        text = "\x1f".join([self.name, *notification.identity])
        return f"chat-{hashlib.blake2b(text.encode(errors='replace'), digest_size=16).hexdigest()}"
