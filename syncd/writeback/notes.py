"""What the writers share: a note is looked up by its mark before anything is written (N12)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.connectors.answers import failed_check
from syncd.connectors.markers import OPENING
from syncd.errors import (
    AuthError,
    DeliveryError,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
)
from syncd.interfaces import INTERFACE, Check, Mark, Rendered
from syncd.model.alerts import Message, Notification
from syncd.model.people import Person
from syncd.model.remarks import DECLINED, FOREIGN, Remark, Wants
from syncd.retrying import NO_HINT

_REFUSALS = frozenset({400, 405, 409, 413, 422})
"""Answers about this one write, which would be the same the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A note of ours as it stands at the provider."""

    id: str
    text: str
    fingerprint: str
    instance: str


class NoteWriter(ABC):
    """A notifier that writes on items. `name` is that of its `[notifiers.NAME]` section."""

    interface = INTERFACE
    wants: Wants
    edits_dates: bool

    def __init__(self, name: str, takes_over: Collection[str]) -> None:
        self.name, self._takes_over = name, frozenset(takes_over)

    def render(self, notification: Notification, person: Person) -> Rendered:
        """Refused: it tells items, not people. Raises DeliveryError (permanent)."""
        del notification
        raise DeliveryError(
            f"{self.name} writes on items and tells no people",
            permanent=True,
            hint=f"take it out of people.{person.id}.notifiers",
        )

    def send(self, message: Message) -> None:
        """Have the note stand there as `message` says, once; what stands there is looked up first.

        Raises `DeliveryError`.
        """
        remark = Remark.decoded(message.body)
        try:
            self._put(remark)
        except SourceError as error:
            raise self._delivery_error(error) from None

    def check(self) -> Iterator[Check]:
        """Signed in with a right to write, and no more; writes nothing."""
        way = "shows" if self.wants.dry_run else "writes"
        try:
            yield from self._checks()
        except SourceError as error:
            yield failed_check(self._hinted(error))
            return
        fix = f"notifiers.{self.name}.dry_run = false, once notify --dry-run shows what you want"
        yield Check(
            mark=Mark.NOTE if self.wants.dry_run else Mark.OK,
            text=f"{way} notes on {self.wants.source}: {', '.join(sorted(self.wants.scopes))}",
            fix=fix if self.wants.dry_run else "",
        )

    @abstractmethod
    def close(self) -> None:
        """Give back connections."""

    @abstractmethod
    def _checks(self) -> Iterator[Check]:
        """Raises SourceError where going on is useless."""

    @abstractmethod
    def _put(self, remark: Remark) -> None:
        """Look up, then write, edit or leave alone."""

    def is_to_edit(self, remark: Remark, found: Iterable[Found]) -> Found | None:
        """The note to edit; None = there is none and one is to be begun.

        Raises DeliveryError where another instance wrote, or where a person deleted ours.
        """
        mine = [one for one in found if one.fingerprint == remark.fingerprint]
        own = [one for one in mine if one.instance in {remark.instance, *self._takes_over}]
        if own:
            return own[0]
        if mine:
            raise DeliveryError(
                f"{FOREIGN}: instance {mine[0].instance} on {remark.ref}; left alone",
                permanent=True,
                hint=f"if that one is gone: notifiers.{self.name}.takes_over = "
                f'["{mine[0].instance}"]',
            )
        if remark.known:
            raise DeliveryError(f"{DECLINED}: the note on {remark.ref}", permanent=True)
        return None

    def _delivery_error(self, error: SourceError) -> DeliveryError:
        error = self._hinted(error)
        is_refused = isinstance(error, NotVisible) or error.status in _REFUSALS
        # A server that fails over one item is asked for the others; without an answer it is down.
        is_down = isinstance(error, Unavailable) and not error.status
        return DeliveryError(
            str(error),
            permanent=is_refused,
            operator=is_down or isinstance(error, AuthError | RateLimited),
            in_doubt=error.retryable,
            **_asked(error),
            hint=error.hint,
        )

    def _hinted(self, error: SourceError) -> SourceError:
        """The hint of a client speaks of sources; this is another section."""
        if isinstance(error, AuthError):
            error.hint = f"renew the secret of notifiers.{self.name}, then: syncd doctor"
        elif isinstance(error, NotVisible):
            error.hint = f"look what the account of notifiers.{self.name} may see and write"
        return error


def _asked(error: SourceError) -> dict[str, Any]:
    """How long it asks to wait, as `DeliveryError` takes it."""
    if not isinstance(error, RateLimited):
        return {}
    if error.retry_after is None and error.retry_at is not None:
        return {"retry_at": error.retry_at}
    after = NO_HINT.total_seconds() if error.retry_after is None else error.retry_after
    return {"retry_after": after}


def sentences(remark: Remark, *more: str) -> Sequence[str]:
    """What the note says, as it begins wherever it stands."""
    first, *rest = [*remark.lines, *more]
    return [f"{OPENING}{first}", *rest]
