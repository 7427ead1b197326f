"""Mail over Debian's postfix: what a server that thousands run makes of our mails.

A postfix of its own: configuration, queue and mailboxes in a folder of the test, on a free port, on
loopback only. It needs root, as postfix does; `.ci/run` installs it.
"""

import email
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path

import pytest
from ports import kept_port

from syncd.alerts.delivery import deliver, queue
from syncd.errors import DeliveryError
from syncd.interfaces import Mark
from syncd.model.alerts import Message, MessageState, Reason
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.alerts import notification, rich_finding, transition
from syncd.testing.builders import AS_OF, person

POSTFIX = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
LIMIT = 60_000

pytestmark = [
    pytest.mark.skipif(POSTFIX is None, reason="postfix is not installed: apt-get install postfix"),
    pytest.mark.skipif(os.geteuid() != 0, reason="postfix starts as root only"),
]

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.com
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{ dana@example.com = dana/ }}, {{ wei@example.com = wei/ }} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
message_size_limit = {limit}
maillog_file = /dev/stdout
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/access, reject_unauth_destination
smtputf8_enable = no
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One running postfix; mail for dana and wei ends in folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = kept_port()
        for name in ("queue", "data", "mail", "conf"):
            (folder / name).mkdir()
        folder.chmod(0o755)
        for name in ("data", "mail"):
            shutil.chown(folder / name, "postfix")
        (folder / "access").touch()
        state = (folder / "data").stat()
        (folder / "conf" / "main.cf").write_text(
            MAIN.format(folder=folder, uid=state.st_uid, gid=state.st_uid, limit=LIMIT)
        )
        (folder / "conf" / "master.cf").write_text(MASTER.format(port=self.port))
        assert POSTFIX is not None
        self._log = (folder / "log").open("w")
        self._master = subprocess.Popen(
            [POSTFIX, "-c", str(folder / "conf"), "start-fg"],
            stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def mails(self, who: str = "dana") -> list[EmailMessage]:
        found = sorted((self.folder / "mail" / who / "new").glob("*"))
        parsed = [email.message_from_bytes(one.read_bytes(), policy=POLICY) for one in found]
        return [one for one in parsed if isinstance(one, EmailMessage)]

    def answer(self, text: str) -> None:
        """The recipients' access map from now on."""
        (self.folder / "access").write_text(text)
        self._tell("reload")
        until(self.accepts, "postfix did not come back")

    def stop(self) -> None:
        self._tell("stop")
        self._master.wait(60)
        self._log.close()

    def _tell(self, what: str) -> None:
        assert POSTFIX is not None
        subprocess.run(
            [POSTFIX, "-c", str(self.folder / "conf"), what], check=True, capture_output=True
        )


def until(claim: Callable[[], object], why: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, why
        time.sleep(0.1)


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    # Not in a folder of pytest's, which every new session closes to others: postfix gives up root.
    with tempfile.TemporaryDirectory(prefix="syncd-postfix-") as folder:
        running = Postfix(Path(folder))
        try:
            until(running.accepts, "postfix did not start")
            yield running
        finally:
            running.stop()


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest) -> Iterator[None]:
    running: Postfix = request.getfixturevalue("postfix")
    shutil.rmtree(running.folder / "mail" / "dana", ignore_errors=True)
    shutil.rmtree(running.folder / "mail" / "wei", ignore_errors=True)
    yield
    if (running.folder / "access").read_text():
        running.answer("")


def mail(postfix: Postfix) -> EmailNotifier:
    smtp = {"host": "127.0.0.1", "port": postfix.port, "tls": "none"}
    raw = {"from": "syncd <syncd@example.com>", "smtp": smtp, "timeout": 30}
    return EmailNotifier("mail", EmailSettings.model_validate(raw))


class Rows:
    """An outbox in memory."""

    def __init__(self, *messages: Message) -> None:
        self.rows = {message.message_id: message for message in messages}

    def due(self, now: object) -> tuple[Message, ...]:
        return tuple(m for m in self.rows.values() if m.state is MessageState.WAITING)

    def settle(self, message: Message) -> None:
        self.rows[message.message_id] = message

    def messages(self, *_: MessageState) -> tuple[Message, ...]:
        return tuple(self.rows.values())


def message(sender: EmailNotifier, *, update: int = 1, who: str = "dana", **fields: str) -> Message:
    told = transition(
        rich_finding(), Reason.OPENED if update == 1 else Reason.WORSE, update=update,
        headline=fields.get("headline", "Ledger API v2, planned 24 Nov"),
    )  # fmt: skip
    reader = person(who, name=fields.get("name", "Dana Li"), email=f"{who}@example.com")
    (one,) = queue([notification(told, person=who)], [reader], {"mail": sender}, AS_OF)
    return one


def test_it_is_reached_and_takes_nothing_for_a_check(postfix: Postfix) -> None:
    (line,) = [one for one in mail(postfix).check() if "CVE" not in one.text]
    assert line.mark is Mark.OK
    assert not postfix.mails()


def test_updates_arrive_as_one_thread_in_the_bytes_that_were_queued(postfix: Postfix) -> None:
    sender = mail(postfix)
    sent = [message(sender, update=number) for number in (1, 2, 3)]
    for one in sent:
        sender.send(one)
    sender.close()
    until(lambda: len(postfix.mails()) == 3, "not all arrived")
    arrived = {one["Message-ID"]: one for one in postfix.mails()}
    assert set(arrived) == {one.message_id for one in sent}
    assert len({one["Subject"] for one in arrived.values()}) == 1
    for name in ("References", "In-Reply-To", "Thread-Topic", "List-Id", "X-Syncd-Fingerprint"):
        assert len({one[name] for one in arrived.values()}) == 1, name
    for one in sent:
        queued = email.message_from_bytes(one.body, policy=POLICY)
        got = arrived[one.message_id]
        assert got["Return-Path"] == "<syncd@example.com>"
        assert got["Auto-Submitted"] == "auto-generated"
        assert [(k, got[k]) for k in queued.keys()] == list(queued.items())  # noqa: SIM118
        for kind in ("plain", "html"):
            both = [one.get_body((kind,)).get_content() for one in (got, queued)]
            assert len({text.replace("\r\n", "\n") for text in both}) == 1


@pytest.mark.parametrize(
    ("headline", "name"),
    [
        ("決済の取り込み — Überprüfung 🚀, planned 24 Nov", "José Álvarez"),
        ("日本語の長い題名" * 20, "山田太郎"),
        (".\r\n.\r\nRCPT TO:<thief@example.com>", "Li, Dana (PMO)"),
        ("=?utf-8?q?Hi=0ABcc=3A_wei=40example.com?=", 'The "Dee"'),
    ],
)
def test_subjects_and_names_in_any_script_parse_back(
    postfix: Postfix, headline: str, name: str
) -> None:
    sender = mail(postfix)
    one = message(sender, headline=headline, name=name)
    sender.send(one)
    sender.close()
    until(postfix.mails, "it did not arrive")
    (got,) = postfix.mails()
    assert got["Subject"] == one.subject
    assert got["To"].addresses[0].display_name == name
    assert not got.defects
    assert not postfix.mails("wei")


def test_what_is_too_large_arrives_in_the_smaller_form(postfix: Postfix) -> None:
    sender = mail(postfix)
    one = message(sender)
    large = replace(one, body=one.body.replace(b"\r\n\r\n", b"\r\n\r\n" + b"x" * 70 + b"\r\n", 1))
    large = replace(large, body=large.body + (b"y" * 70 + b"\r\n") * 1000)
    with pytest.raises(DeliveryError, match="552") as caught:
        sender.send(large)
    assert (caught.value.content, caught.value.operator) == (True, False)
    rows = Rows(large)
    (done,) = deliver(rows, {"mail": sender}, AS_OF)
    sender.close()
    assert done.state is MessageState.SENT
    until(postfix.mails, "it did not arrive")
    assert "could not be made or was refused" in postfix.mails()[0].get_content()


def test_greylisting_waits_and_somebody_unknown_is_told_apart(postfix: Postfix) -> None:
    sender = mail(postfix)
    postfix.answer("dana@example.com 450 4.2.0 greylisted, come back\n")
    rows = Rows(message(sender), message(sender, who="wei"), message(sender, who="gone"))
    done = {one.person: one for one in deliver(rows, {"mail": sender}, AS_OF)}
    sender.close()
    assert (done["dana"].state, "greylisted" in done["dana"].error) == (MessageState.WAITING, True)
    assert done["wei"].state is MessageState.SENT
    assert done["gone"].state is MessageState.DEAD
    assert done["gone"].error.startswith("refused for good: ")
    assert "550" in done["gone"].error
    postfix.answer("")
    (again,) = deliver(rows, {"mail": sender}, AS_OF)
    sender.close()
    assert again.state is MessageState.SENT
    until(postfix.mails, "it did not arrive")
    assert [one["Message-ID"] for one in postfix.mails()] == [done["dana"].message_id]
