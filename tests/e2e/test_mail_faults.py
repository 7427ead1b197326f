"""Every stage of a mail x everything a server can do there, and kills between any two of them.

A real store, the real notifier, a real socket: three people's mails are due, and the second one, or
the connection before the first, meets the fault. Then the fault is over, and all that may arrive
arrives (N1 to N8, promises M1, M2, M4; mechanisms 4 and 5).
"""

import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme
from scripted_smtp import ScriptedSmtp

from syncd.alerts.delivery import deliver, queue
from syncd.errors import DeliveryError
from syncd.interfaces import Store
from syncd.model.alerts import Message, MessageState
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.settings import EmailSettings
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.alerts import notification
from syncd.testing.builders import AS_OF, person

PEOPLE = [person(who, email=f"{who}@example.com") for who in ("anna", "ben", "cleo")]
OFFERS = "250-test\r\n250-SIZE 1000000\r\n250-STARTTLS\r\n250 AUTH PLAIN"
CONNECTING = ("banner", "EHLO", "STARTTLS", "AUTH")
ANSWERS = {
    "4xx": "451 not now",
    "5xx": "554 never",
    "close": "close",
    "reset": "reset",
    "late": "late",
}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[ScriptedSmtp]:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    scripted = ScriptedSmtp(context)
    yield scripted
    scripted.stop()


def settings(server: ScriptedSmtp, ca_file: Path, **more: object) -> EmailSettings:
    smtp = {
        "host": "127.0.0.1", "port": server.port, "user": "syncd", "password": "canary-7f3a",
        "ca_file": ca_file,
    }  # fmt: skip
    raw = {"from": "syncd <syncd@example.com>", "smtp": smtp, "timeout": 60, "bounces": ""}
    return EmailSettings.model_validate(raw | more)


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/state/syncd.db"
    with closing(open_store(url, now=AS_OF, own=True)) as opened:
        yield opened


def queued(store: Store, mail: EmailNotifier) -> tuple[Message, ...]:
    told = [notification(person=one.id) for one in PEOPLE]
    messages = queue(told, PEOPLE, {"mail": mail}, AS_OF)
    store.record(run("1"), [], messages)
    return messages


def by_person(bodies: list[bytes]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {one.id: [] for one in PEOPLE}
    for body in bodies:
        to = message_from_bytes(body, policy=SMTP)["To"].addresses[0].addr_spec
        found[to.partition("@")[0]].append(body)
    return found


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What becomes of ben's mail, and of anna's and cleo's."""

    ben: str
    others: str = "sent"
    accepted: int = 1
    plain: bool = False
    """What the server has in the end is the plain form."""
    doubt: bool | None = False
    """None = either: what the kernel still holds cannot be told."""
    credential: bool | None = None


def table() -> dict[tuple[str, str], Expected]:
    waits, sent = Expected(ben="waits"), Expected(ben="sent")
    found = {(stage, what): waits for stage in ("MAIL", "RCPT", "DATA") for what in ANSWERS}
    found |= {
        (stage, what): Expected(ben="waits", others="wait")
        for stage in CONNECTING
        for what in ANSWERS
    }
    for stage in ("STARTTLS", "AUTH"):
        found[stage, "5xx"] = Expected(ben="waits", others="wait", credential=True)
        found[stage, "4xx"] = Expected(ben="waits", others="wait", credential=False)
    found["MAIL", "5xx"] = Expected(ben="waits", others="cleo waits")
    found["RCPT", "5xx"] = Expected(ben="dead", accepted=0)
    found["DATA", "5xx"] = Expected(ben="sent", plain=True)
    found |= {("inside", what): Expected(ben="waits", doubt=None) for what in ("close", "reset")}
    found["inside", "late"] = Expected(ben="waits", doubt=True)
    found["dot", "4xx"] = Expected(ben="waits", accepted=2)
    found["dot", "5xx"] = Expected(ben="sent", accepted=2, plain=True)
    for what in ("close", "reset", "late"):
        found["dot", what] = Expected(ben="waits", accepted=2, doubt=True)
    found["dot", "accept-then-close"] = sent
    found |= {("QUIT", what): sent for what in ANSWERS}
    return found


@pytest.mark.parametrize(("stage", "what"), table(), ids=str)
def test_a_fault_at_a_stage(
    server: ScriptedSmtp, store: Store, ca_file: Path, stage: str, what: str
) -> None:
    expected = table()[stage, what]
    server.reset(EHLO=OFFERS)
    first = 1 if stage in (*CONNECTING, "QUIT") else 2
    server.fault = (stage, first, ANSWERS.get(what, "250 taken then close"))
    mail = EmailNotifier("mail", settings(server, ca_file, timeout=2 if what == "late" else 60))
    rendered = {message.person: message for message in queued(store, mail)}
    heard: list[DeliveryError] = []
    deliver(store, {"mail": mail}, AS_OF, on_failure=heard.append)
    mail.close()
    held = {message.person: message for message in store.messages()}
    states = {who: message.state for who, message in held.items()}
    assert states == {
        "anna": MessageState.WAITING if expected.others == "wait" else MessageState.SENT,
        "ben": {
            "waits": MessageState.WAITING, "sent": MessageState.SENT, "dead": MessageState.DEAD,
        }[expected.ben],
        "cleo": MessageState.WAITING if "wait" in expected.others else MessageState.SENT,
    }  # fmt: skip
    assert all("canary" not in f"{error}{error.hint}" for error in heard)
    if expected.doubt is not None:
        assert held["ben"].in_doubt is expected.doubt
    if expected.credential is not None:
        assert [error.exit_code == 4 for error in heard] == [expected.credential]
    if expected.others != "sent":
        assert [error.operator for error in heard] == [True]
    deliver(store, {"mail": mail}, AS_OF + timedelta(hours=5))
    mail.close()
    assert deliver(store, {"mail": mail}, AS_OF + timedelta(days=1)) == ()
    arrived = by_person(server.received)
    assert (len(arrived["anna"]), len(arrived["cleo"])) == (1, 1)
    assert len(arrived["ben"]) == expected.accepted
    for who, bodies in arrived.items():
        last = rendered[who].fallback if who == "ben" and expected.plain else rendered[who].body
        assert all(body == last for body in bodies[-1:])
        ids = {message_from_bytes(body, policy=SMTP)["Message-ID"] for body in bodies}
        assert ids <= {rendered[who].message_id}
        assert expected.plain or len(set(bodies)) <= 1


def test_the_table_is_whole() -> None:
    stages = {*CONNECTING, "MAIL", "RCPT", "DATA", "dot", "QUIT"}
    assert {(stage, what) for stage in stages for what in ANSWERS} < set(table())


@pytest.mark.parametrize("stage", ["MAIL", "DATA", "dot"])
def test_a_mail_that_is_too_large_goes_in_the_smaller_form(
    server: ScriptedSmtp, store: Store, ca_file: Path, stage: str
) -> None:
    """N8: whether the server goes by the announced size or counts what came."""
    server.reset(EHLO=OFFERS)
    server.fault = (stage, 2, "552 5.3.4 too large")
    mail = EmailNotifier("mail", settings(server, ca_file))
    rendered = {message.person: message for message in queued(store, mail)}
    sizes = [message.body for message in rendered.values()]
    deliver(store, {"mail": mail}, AS_OF)
    mail.close()
    assert {message.state for message in store.messages()} == {MessageState.SENT}
    arrived = by_person(server.received)
    assert arrived["ben"][-1] == rendered["ben"].fallback
    assert len(arrived["ben"][-1]) < len(rendered["ben"].body) / 2
    announced = [line for line in server.heard if line.startswith(b"MAIL")]
    assert announced[0] == b"MAIL FROM:<syncd@example.com> SIZE=%d\r\n" % len(sizes[0])


def test_returned_mail_goes_to_the_address_for_it(
    server: ScriptedSmtp, store: Store, ca_file: Path
) -> None:
    """N11: the mail says that it is automatic, and its envelope whom to return it to."""
    server.reset(EHLO=OFFERS)
    mail = EmailNotifier("mail", settings(server, ca_file, bounces="returned@example.com"))
    queued(store, mail)
    deliver(store, {"mail": mail}, AS_OF)
    mail.close()
    assert server.met["MAIL"] == len(PEOPLE)
    assert all(
        line.startswith(b"MAIL FROM:<returned@example.com>")
        for line in server.heard
        if line.startswith(b"MAIL")
    )
    for body in server.received:
        sent = message_from_bytes(body, policy=SMTP)
        assert sent["Auto-Submitted"] == "auto-generated"
        assert sent["From"].addresses[0].addr_spec == "syncd@example.com"


SENDER = """
    import json, os, sys
    from datetime import timedelta
    from syncd.alerts.delivery import deliver
    from syncd.notifiers.email.notifier import EmailNotifier
    from syncd.notifiers.email.settings import EmailSettings
    from syncd.store import open_store
    from syncd.testing.builders import AS_OF

    store = open_store(sys.argv[1], now=AS_OF, own=True)
    mail = EmailNotifier("mail", EmailSettings.model_validate(json.loads(sys.argv[2])))
    print(os.getpid(), flush=True)
    sys.stdin.readline()
    deliver(store, {"mail": mail}, AS_OF)
    mail.close()
    store.close()
"""
KILLS = [
    *((stage, 1, "kill") for stage in ("banner", "AUTH", "QUIT")),
    *((stage, 2, "kill") for stage in ("MAIL", "RCPT", "DATA", "inside")),
    *(("dot", number, "kill") for number in (1, 2, 3)),
    *(("dot", number, "250 taken then kill") for number in (1, 2, 3)),
]


@pytest.mark.parametrize(("stage", "number", "answer"), KILLS, ids=str)
def test_a_kill_loses_no_mail_and_repeats_at_most_one(
    server: ScriptedSmtp, ca_file: Path, tmp_path: Path, stage: str, number: int, answer: str
) -> None:
    server.reset(EHLO=OFFERS)
    url = f"sqlite:///{tmp_path}/state/syncd.db"
    made = settings(server, ca_file)
    mail = EmailNotifier("mail", made)
    with closing(open_store(url, now=AS_OF, own=True)) as store:
        rendered = {message.person: message.body for message in queued(store, mail)}
    raw = made.model_dump_json(by_alias=True).replace('"**********"', '"canary-7f3a"')
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SENDER), url, raw],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as sender:  # fmt: skip
        assert sender.stdout is not None
        server.client = int(sender.stdout.readline())
        server.fault = (stage, number, answer)
        sender.communicate("go\n", timeout=300)
    assert sender.returncode == -9
    with closing(open_store(url, now=AS_OF, own=True)) as store:
        store.check()
        deliver(store, {"mail": mail}, AS_OF)
        mail.close()
        assert {message.state for message in store.messages()} == {MessageState.SENT}
    arrived = by_person(server.received)
    counts = Counter({who: len(bodies) for who, bodies in arrived.items()})
    assert min(counts.values()) == 1
    repeats = counts.total() - len(PEOPLE)
    if "then" in answer:
        assert repeats in (0, 1)
    else:
        assert repeats == (stage == "dot")
    assert all(set(bodies) == {rendered[who]} for who, bodies in arrived.items())
