"""An IMAP server over a real socket that answers what it is told: nothing is lost or done twice."""

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from syncd.inbox.letters import Letter
from syncd.inbox.reading import InboxReport, Look
from syncd.model.acts import Act, ActKind
from syncd.model.mailboxes import Taken
from syncd.notifiers.email.settings import EmailSettings
from syncd.store import open_store
from syncd.testing.builders import AS_OF

MAILS = {
    3: b"From: dana@example.com\r\nTo: syncd@example.com\r\nMessage-ID: <3@x>\r\n\r\nack\r\n",
    7: b"From: dana@example.com\r\nTo: syncd@example.com\r\nMessage-ID: <7@x>\r\n\r\nuseful\r\n",
}
SECRET = "canary-55aa"
Reply = str | Callable[[int], bytes]


class _Session(socketserver.StreamRequestHandler):
    server: "ScriptedImap"

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._talk()

    def _talk(self) -> None:
        if not self._say("*", "banner"):
            return
        while line := self.rfile.readline():
            words = line.decode("latin-1").split()
            if len(words) < 2:
                continue
            tag, verb = words[0], words[1].upper()
            verb = words[2].upper() if verb == "UID" else verb
            self.server.heard.append(verb)
            if not self._say(tag, verb, words[3:4] if words[1].upper() == "UID" else []):
                return

    def _say(self, tag: str, verb: str, rest: list[str] | None = None) -> bool:
        reply = self.server.script.get(verb, "BAD what?")
        if reply == "close":
            return False
        if reply == "silence":
            self.server.patience.wait(60)
            return False
        if callable(reply):
            untagged = reply(int(rest[0]) if rest and rest[0].isdigit() else 0)
            self.wfile.write(untagged)
            if untagged.endswith(b"!"):
                return False
            reply = "OK done"
        elif "\n" in reply:
            untagged, _, reply = reply.rpartition("\n")
            self.wfile.write(untagged.replace("\n", "\r\n").encode() + b"\r\n")
        self.wfile.write(f"{tag} {reply}\r\n".encode())
        return True


def fetched(uid: int) -> bytes:
    body = MAILS[uid]
    return b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%b)\r\n" % (uid, len(body), body)


GOOD: dict[str, Reply] = {
    "banner": "OK ready", "CAPABILITY": "* CAPABILITY IMAP4rev1 MOVE\nOK done", "LOGIN": "OK in",
    "SELECT": "* 2 EXISTS\n* OK [UIDVALIDITY 9] numbers\nOK [READ-WRITE] done",
    "SEARCH": "* SEARCH 7 3\nOK done", "FETCH": fetched, "STORE": "OK done", "MOVE": "OK done",
    "LOGOUT": "* BYE\nOK done",
}  # fmt: skip


class ScriptedImap(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.script: dict[str, Reply] = dict(GOOD)
        self.heard: list[str] = []
        self.patience = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.patience.set()
        self.shutdown()
        self.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedImap]:
    found = ScriptedImap()
    yield found
    found.stop()


class Inbox:
    def __init__(self, url: str, server: ScriptedImap) -> None:
        self.url, self.server = url, server
        inbox = {
            "host": "127.0.0.1", "port": server.server_address[1], "tls": "none", "user": "syncd",
            "password": SECRET, "timeout": 60, "move_to": "Done",
        }  # fmt: skip
        self.mail = EmailSettings.model_validate(
            {"from": "syncd@example.com", "to_outbox": True, "inbox": inbox}
        )
        self.hurried = self.mail.inbox.model_copy(update={"timeout": 1})

    def look(self, **script: Reply) -> InboxReport:
        self.server.script = GOOD | script
        self.server.heard.clear()
        inbox = self.hurried if "silence" in script.values() else self.mail.inbox
        with contextlib.closing(open_store(self.url, now=AS_OF)) as store:
            return Look(self.mail, inbox, store).read(self._answer, AS_OF)

    def _answer(self, letter: Letter) -> Taken:
        act = Act(kind=ActKind.NOTE, at=AS_OF, by="dana", text=letter.text)
        return Taken(key=letter.key, at=AS_OF, acts=(act,))

    def said(self) -> list[str]:
        with contextlib.closing(open_store(self.url, now=AS_OF)) as store:
            return [act.text for act in store.acts()]


@pytest.fixture
def inbox(tmp_path, server) -> Inbox:
    return Inbox(f"sqlite:///{tmp_path}/var/syncd.db", server)


def test_mails_are_taken_in_their_order_marked_and_moved(inbox):
    report = inbox.look()
    assert (report.mails, report.acts, report.failure) == (2, 2, None)
    assert inbox.said() == ["ack", "useful"]
    assert inbox.server.heard.count("STORE") == inbox.server.heard.count("MOVE") == 2


@pytest.mark.parametrize("fault", ["NO not today", "BAD what?", "close", "silence", "* BYE\nNO x"])
@pytest.mark.parametrize(
    "verb", ["banner", "LOGIN", "SELECT", "SEARCH", "FETCH", "STORE", "MOVE", "CAPABILITY"]
)
def test_a_fault_at_any_command_is_told_and_nothing_is_lost_or_done_twice(inbox, verb, fault):
    if (verb, fault) == ("banner", "NO not today"):
        fault = "BYE not today"
    report = inbox.look(**{verb: fault})
    assert report.failure is not None
    told = f"{report.failure} {report.failure.hint}"
    assert told.startswith(f"127.0.0.1:{inbox.server.server_address[1]}")
    assert SECRET not in told
    assert inbox.look().failure is None
    assert inbox.said() == ["ack", "useful"]


def late(uid: int) -> bytes:
    body = MAILS[uid]
    return b"* 1 FETCH (BODY[]<0> {%d}\r\n%b UID %d)\r\n" % (len(body), body, uid)


def between(uid: int) -> bytes:
    return b"* 2 FETCH (FLAGS (\\Seen))\r\n* 9 EXISTS\r\n" + fetched(uid) + b"* 3 EXPUNGE\r\n"


def other(uid: int) -> bytes:
    """Another message that changed meanwhile, sent unasked with its text."""
    body = b"From: x@x\r\n\r\nstop\r\n"
    return b"* 5 FETCH (UID 99 BODY[]<0> {%d}\r\n%b)\r\n" % (len(body), body) + fetched(uid)


@pytest.mark.parametrize("answer", [late, between, other])
def test_odd_but_right_answers_are_understood(inbox, answer):
    assert inbox.look(FETCH=answer).failure is None
    assert inbox.said() == ["ack", "useful"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda uid: b"* 1 FETCH (UID %d BODY[]<0> {4000}\r\nshort!" % uid,
        lambda uid: b"* 1 FETCH (UID %d BODY[]<0> {x}\r\n)\r\n!" % uid,
        lambda uid: b"\xff\xfe nonsense\r\n!",
        lambda uid: b"x" * 1_100_000 + b"\r\n!",
    ],
)
def test_broken_answers_lose_nothing(inbox, answer):
    assert inbox.look(FETCH=answer).failure is not None
    assert inbox.said() == []
    inbox.look()
    assert inbox.said() == ["ack", "useful"]


def test_a_message_that_went_away_meanwhile_is_passed_over(inbox):
    gone = lambda uid: b"" if uid == 3 else fetched(uid)  # noqa: E731
    assert inbox.look(FETCH=gone).failure is None
    assert inbox.said() == ["useful"]
    nil = lambda uid: b"* 1 FETCH (UID %d BODY[] NIL)\r\n" % uid  # noqa: E731
    assert inbox.look(FETCH=nil, SEARCH="* SEARCH 12\nOK x").failure is None


def test_a_mail_that_breaks_us_holds_up_no_other(inbox, caplog):
    answer = inbox._answer

    def broken(letter):
        if letter.text == "ack":
            raise ZeroDivisionError(letter.text)
        return answer(letter)

    inbox._answer = broken
    assert inbox.look().failure is None
    assert inbox.said() == ["useful"]
    assert "inbox.odd error=ZeroDivisionError" in caplog.text


def test_the_last_message_that_a_server_names_always_is_not_read_again(inbox):
    inbox.look()
    report = inbox.look(SEARCH="* SEARCH 7\nOK done")
    assert (report.mails, inbox.server.heard.count("FETCH")) == (0, 0)


def test_other_numbers_are_read_anew_and_old_mails_do_nothing(inbox):
    inbox.look()
    anew = "* OK [UIDVALIDITY 10] numbers\nOK done"
    report = inbox.look(SELECT=anew)
    assert (report.mails, report.acts) == (2, 0)
    assert inbox.said() == ["ack", "useful"]


@pytest.mark.parametrize("select", ["OK done", "* OK [UIDVALIDITY 0] x\nOK done"])
def test_a_server_that_numbers_nothing_is_refused(inbox, select):
    assert "does not number" in str(inbox.look(SELECT=select).failure)


def test_an_outage_is_one_line_at_its_beginning_and_one_at_its_end(inbox, caplog):
    caplog.set_level("INFO")
    for _ in range(3):
        inbox.look(LOGIN="NO never")
    with contextlib.closing(open_store(inbox.url, now=AS_OF)) as store:
        held = store.mailbox(inbox.mail.inbox.name)
        assert (held.failing_since, "refused to sign in" in held.error) == (AS_OF, True)
    inbox.look()
    said = [record.message for record in caplog.records if record.message.startswith("inbox.")]
    assert [line.split()[0] for line in said if "act" not in line] == [
        "inbox.down",
        "inbox.up",
    ] or ([line.split()[0] for line in said if "act" not in line] == ["inbox.down"])
    with contextlib.closing(open_store(inbox.url, now=AS_OF)) as store:
        assert store.mailbox(inbox.mail.inbox.name).failing_since is None
