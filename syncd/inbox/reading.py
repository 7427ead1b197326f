"""One look at the inbox: each new mail is taken once, in its order, whatever breaks between."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.answer_seams import AnswerStore
from syncd.errors import InboxError, SyncdError
from syncd.inbox.imap import Imap
from syncd.inbox.letters import Letter, letter_of
from syncd.interfaces import Check, Mark
from syncd.model.mailboxes import Position, Taken
from syncd.notifiers.email.settings import EmailSettings, InboxSettings

log = logging.getLogger(__name__)

MOST_MAILS = 500
"""That one look takes in; the rest is the next look's."""
BACK = timedelta(days=30)
"""How far back a mailbox is read that was never read before, or was numbered anew."""

Answering = Callable[[Letter], Taken | None]
"""What follows from a mail; None where it is none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxReport:
    """What one look brought."""

    mails: int = 0
    """Looked at for the first time."""
    acts: int = 0
    failure: InboxError | None = None


class Look:
    """One look at the inbox of `[mail]`."""

    def __init__(
        self,
        mail: EmailSettings,
        inbox: InboxSettings,
        store: AnswerStore,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._address, self._inbox, self._store = mail.reply_address, inbox, store
        self._should_stop = should_stop
        self._mails = self._acts = 0
        self._trouble: InboxError | None = None

    def read(self, answering: Answering, now: datetime) -> InboxReport:
        """Take in what is new. Trouble is noted in the store and reported, never raised."""
        failure: InboxError | None = None
        before = self._store.mailbox(self._inbox.name)
        try:
            with Imap(self._inbox) as session:
                self._read(session, before.position, answering, now)
            failure = self._trouble
        except InboxError as error:
            failure = error
        self._store.note_mailbox(self._inbox.name, now, str(failure or ""))
        if failure is not None and before.failing_since is None:
            log.warning("inbox.down error=%s", failure)
        elif failure is None and before.failing_since is not None:
            log.info("inbox.up")
        return InboxReport(mails=self._mails, acts=self._acts, failure=failure)

    def _read(
        self, session: Imap, position: Position | None, answering: Answering, now: datetime
    ) -> None:
        known = position is not None and position.validity == session.validity
        if position is not None and known:
            uids = session.after(position.uid)
        else:
            uids = session.since((now - BACK).date())
        for uid in uids[:MOST_MAILS]:
            if session.is_out_of_time or self._should_stop():
                break
            self._take(session, uid, answering)

    def _take(self, session: Imap, uid: int, answering: Answering) -> None:
        raw = session.fetch(uid)
        taken = None if raw is None else self._understood(raw, answering)
        here = Position(mailbox=self._inbox.name, validity=session.validity, uid=uid)
        is_new = self._store.take(taken, here)
        self._mails += 1
        if taken is not None and is_new:
            self._acts += len(taken.acts)
            for act in taken.acts:
                about = f"D-{act.seen.number}" if act.seen else act.name
                log.info("inbox.act act=%s by=%s about=%s", act.kind, act.by, about)
        if taken is not None:
            self._put_away(session, uid)

    def _understood(self, raw: bytes, answering: Answering) -> Taken | None:
        """A mail that breaks us is passed over and told in the log: it may hold up no other."""
        try:
            return answering(letter_of(raw, self._address))
        except SyncdError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one mail breaks, the next is read (D5)
            log.error("inbox.odd error=%s", type(error).__name__)  # noqa: TRY400 - may quote the mail
            return None

    def _put_away(self, session: Imap, uid: int) -> None:
        """Trouble with this keeps no other reply from being taken."""
        try:
            if self._inbox.mark_seen:
                session.mark_seen(uid)
            if self._inbox.move_to:
                session.move(uid, self._inbox.move_to)
        except InboxError as error:
            self._trouble = self._trouble or error


def check(inbox: InboxSettings) -> Check:
    """Reachable, signed in, the folder is there; changes nothing."""
    try:
        with Imap(inbox.model_copy(update={"mark_seen": False, "move_to": ""})) as session:
            where = session.where
    except InboxError as error:
        return Check(mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=error.exit_code)
    return Check(mark=Mark.OK, text=f"replies are read from {inbox.folder} at {where}")
