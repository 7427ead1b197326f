"""The suite that every notifier passes: inherit `NotifierContract`, name what it tests against.

    class TestPager(NotifierContract):
        secrets = ("canary",)
        refusals = {"404": Verdict(permanent=True), "503": Verdict()}

        def notifier(self): ...           # one whose other side accepts
        def refused(self, refusal): ...   # one whose other side answers so

pytest is needed to run it, not to import it.
"""

# ruff: noqa: S101, D102 - a test suite asserts, and its tests are named by what they promise

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import ClassVar

from syncd.errors import DeliveryError
from syncd.interfaces import INTERFACE, Check, Mark, Notifier, Rendered
from syncd.model.alerts import Message, NoticeKind, Notification, Reason
from syncd.model.people import Person, Role
from syncd.testing.alerts import finding, hostile, notification, rich_finding, transition
from syncd.testing.builders import AS_OF, person

HOSTILE_TEXTS = (
    "Plain\r\nBcc: thief@example.net",
    "Plain\nBcc: thief@example.net\n\nbody",
    "=?utf-8?q?Hi=0ABcc=3A_thief=40example.net?=",
    "=?utf-8?b?SGkKQmNjOiB0aGllZkBleGFtcGxlLm5ldA==?=",
    "NUL\0 VT\v FF\f NEL\x85 LS\u2028 PS\u2029 end",
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>",
    "[link](javascript:alert(1)) data:text/html,x",
    "\x1b[31mred\x1b]8;;https://evil.test\x07link\x1b]8;;\x07",
    "\u202eright to left\u2066 isolated",
    "{{7*7}} {% raw %} %s {0} ${x}",
    "\ud800 lone \udfff surrogates",
    ".\r\n.\r\nRCPT TO:<thief@example.net>",
    "e" + "\u0301" * 300,
    "a" * 40_000,
    "\u65e5\u672c\u8a9e\u306e\u9577\u3044\u984c\u540d" * 500,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 " * 100,
    "",
)
"""What an item's title may hold; each must leave as harmless text, and leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a refusal means, as the flags of `DeliveryError`."""

    permanent: bool = False
    operator: bool = False
    content: bool = False
    in_doubt: bool = False


class NotifierContract(ABC):
    """Promises of a notifier; see `syncd.interfaces.Notifier` and `reliability.md` §3.3."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """Values from its settings that may appear nowhere."""
    refusals: ClassVar[Mapping[str, Verdict]] = {}
    """Every way in which the other side can refuse, and what it means."""
    shared: ClassVar[bool] = False
    """Everybody reached by it reads one place: a message is the same one for all of them."""
    reader: ClassVar[Person] = person("dana", name="Dana Li", role=Role.TPM)

    @abstractmethod
    def notifier(self) -> Notifier:
        """A notifier whose other side accepts everything."""

    @abstractmethod
    def refused(self, refusal: str) -> Notifier:
        """A notifier whose other side answers as `refusal` says."""

    @abstractmethod
    def damage(self, done: Rendered) -> str:
        """What hostile text did to the finished bytes; "" if nothing."""

    def test_it_speaks_this_interface(self) -> None:
        assert self.notifier().interface == INTERFACE
        assert isinstance(self.notifier(), Notifier)

    def test_rendering_is_pure(self) -> None:
        """Two processes make the same bytes, so a message is the same at every try."""
        first, second = self._render(notification()), self._render(notification())
        assert first == second

    def test_the_id_is_of_alert_update_and_person(self) -> None:
        base = notification()
        ids = {
            self._render(base).message_id,
            self._render(notification(transition(rich_finding(), update=2))).message_id,
            self._render(notification(transition(finding("PAY-1")))).message_id,
            self._render(base, replace(self.reader, id="wtan")).message_id,
        }
        assert len(ids) == (3 if self.shared else 4)

    def test_the_id_outlives_number_title_dates_and_time(self) -> None:
        """A store restored, a title mended or a later run must not make a second message."""
        found = rich_finding()
        later = replace(found, title="Another", summary="Other words", slip=9, planned=None)
        one = self._render(notification(transition(found, number=41)))
        two = self._render(notification(transition(later, number=7), program="Renamed"))
        assert one.message_id == two.message_id

    def test_hostile_text_leaves_as_text(self) -> None:
        for text in HOSTILE_TEXTS:
            bad = transition(hostile(rich_finding(), text), headline=text)
            for sent in (notification(bad, program=text, why=text), notification(bad, bad)):
                done = self._render(sent, replace(self.reader, name=text))
                assert not self.damage(done), text[:60]
                assert done.body

    def test_every_kind_can_be_rendered(self) -> None:
        told = [transition(rich_finding(), reason) for reason in Reason]
        for role in Role:
            reader = replace(self.reader, role=role)
            for kind in (NoticeKind.DIGEST, NoticeKind.ADOPTION, NoticeKind.SERVICE):
                assert self._render(notification(*told, kind=kind), reader).body
            for one in told:
                assert self._render(notification(one), reader).body

    def test_it_accepts_and_accepts_again(self) -> None:
        """A repeat after a crash is taken like the first."""
        with closing(self.notifier()) as notifier:
            message = self._message(notifier)
            notifier.send(message)
            notifier.send(message)

    def test_refusals_say_whose_trouble_it_is(self) -> None:
        message = self._message(self.notifier())
        for refusal, verdict in self.refusals.items():
            error = self._refusal(refusal, message)
            got = Verdict(
                permanent=error.permanent,
                operator=error.operator,
                content=error.content,
                in_doubt=error.in_doubt,
            )
            assert got == verdict, refusal

    def test_no_secret_is_told(self) -> None:
        done = self._render(notification())
        texts = [done.subject, done.body.decode(errors="replace"), repr(self.notifier())]
        with closing(self.notifier()) as notifier:
            texts += [repr(check) for check in notifier.check()]
        message = self._message(self.notifier())
        for refusal in self.refusals:
            error: BaseException | None = self._refusal(refusal, message)
            while error is not None:
                texts.append(f"{error} {error!r} {getattr(error, 'hint', '')}")
                error = error.__cause__
        for secret in self.secrets:
            assert not [text for text in texts if secret in text]

    def test_check_says_how_it_stands(self) -> None:
        with closing(self.notifier()) as notifier:
            checks = list(notifier.check())
        assert checks
        assert all(isinstance(check, Check) for check in checks)
        assert Mark.FAILED not in {check.mark for check in checks}

    def _refusal(self, refusal: str, message: Message) -> DeliveryError:
        with closing(self.refused(refusal)) as notifier:
            try:
                notifier.send(message)
            except DeliveryError as error:
                return error
        raise AssertionError(f"accepted although the other side said {refusal}")

    def _render(self, sent: Notification, reader: Person | None = None) -> Rendered:
        with closing(self.notifier()) as notifier:
            return notifier.render(sent, reader or self.reader)

    def _message(self, notifier: Notifier) -> Message:
        done = notifier.render(notification(), self.reader)
        return Message(
            message_id=done.message_id,
            notifier="mail",
            person=self.reader.id,
            recipient=self.reader.email,
            subject=done.subject,
            body=done.body,
            fallback=done.fallback,
            queued_at=AS_OF,
            send_after=AS_OF,
        )
