"""The shipped notifier suite over chat: real loopback servers that pose as the services."""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import responses

from syncd.alerts.delivery import queue
from syncd.errors import DeliveryError
from syncd.interfaces import Mark, Rendered
from syncd.model.alerts import MessageState, NoticeKind, Reason, Transition, Victims
from syncd.model.people import Role
from syncd.notifiers.chat.notifier import ChatNotifier
from syncd.notifiers.chat.settings import ChatSettings
from syncd.notifiers.chat.words import MOST_LINES, subject, tame, text
from syncd.redaction import SECRETS
from syncd.testing.alerts import alert, finding, notification, rich_finding, transition
from syncd.testing.builders import AS_OF, person
from syncd.testing.notifier_contract import NotifierContract, Verdict

TOKEN = "canary7f3acanary7f3acanary7f3a"
STARTS = re.compile(
    "[\u25b2\u25c6\u25cf\u25cb\u00b7] |syncd|To do: |See: https://|Why: syncd |and \\d+ (more|of)"
    "|(Also late because of it|With the same cause|Told with it): "
)


class _Answer(BaseHTTPRequestHandler):
    server: "Service"
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.posts.append((self.path, body))
        if self.server.answer == "drop":
            self.close_connection = True
        elif self.server.answer == "silence":
            self.server.patience.wait(60)
        else:
            content = json.dumps(self.server.content).encode()
            self.send_response(int(self.server.answer))
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", "https://elsewhere.test/")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    do_POST = do_PUT = do_GET = _take  # noqa: N815 - so the library calls them

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002


class Service(ThreadingHTTPServer):
    """Answers every request as it is told; what Matrix asks for is in each answer."""

    daemon_threads = True
    block_on_close = False
    content: ClassVar = {
        "access_token": "t", "user_id": "@u:h", "home_server": "h", "room_id": "!r:h",
        "event_id": "e", "joined_rooms": ["!r:h"],
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answer = "200"
        self.posts: list[tuple[str, bytes]] = []
        self.patience = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    server = Service()
    yield server
    server.patience.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    yield
    for secret in list(SECRETS._forms):
        SECRETS.drop(secret)


def room(url: str, timeout: float = 60) -> ChatNotifier:
    return ChatNotifier(
        "team_chat", ChatSettings.model_validate({"secret_url": url, "timeout": timeout})
    )


def damage(done: Rendered) -> str:
    """Reads the message as each of the services would, and says what should not be there."""
    said = done.body.decode()
    ours = re.sub(r"https://tracker\.test/[\w%./:@!$&*+,;=~?#-]*", "", said)
    for line in said.split("\n"):
        if not STARTS.match(line):
            return f"a line begins with words of others: {line[:40]}"
    if found := re.search(r"[<>@*_`\[\]~|\\$]|://|&#?\w+;|(?<!\w)#|\w\.[^\W\d_]{2}", ours):
        return f"{found[0]} in {ours[:200]}"
    if re.search("[\x00-\x09\x0b-\x1f\x7f\u2028\u202e]", said + done.subject):
        return "a control"
    if "\n" in done.subject or re.search(r"[<>@*_`\[\]~|]", done.subject):
        return f"subject {done.subject}"
    return "too long" if len(said) > 4000 else ""


class ChatContract(NotifierContract):
    secrets = (TOKEN,)
    shared = True
    refusals: ClassVar = {
        **dict.fromkeys(("400", "413", "422"), Verdict(permanent=True, content=True)),
        **dict.fromkeys(("401", "403", "404", "410", "302"), Verdict(operator=True)),
        **dict.fromkeys(("429", "500", "502", "503"), Verdict()),
        "drop": Verdict(in_doubt=True),
    }
    scheme = ""

    @pytest.fixture(autouse=True)
    def _service(self, service: Service) -> None:
        self.service = service

    def notifier(self) -> ChatNotifier:
        self.service.answer = "200"
        return room(self.scheme.format(port=self.service.port, token=TOKEN))

    def refused(self, refusal: str) -> ChatNotifier:
        made = self.notifier()
        self.service.answer = refusal
        return made

    def damage(self, done: Rendered) -> str:
        return damage(done)

    def test_the_room_reads_the_lines_as_they_were_rendered(self) -> None:
        notifier = self.notifier()
        self.service.posts.clear()
        message = self._message(notifier)
        notifier.send(message)
        notifier.close()
        whole = b"".join(body for _, body in self.service.posts).decode()
        posted = json.loads('"' + whole.replace("\\", "\\\\").replace('"', '\\"') + '"')
        for word in ("D-41", "LED-88", "syncd alerts explain D-41"):
            assert word in posted


class TestMattermost(ChatContract):
    scheme = "mmost://127.0.0.1:{port}/{token}"


class TestGenericJson(ChatContract):
    scheme = "json://127.0.0.1:{port}/{token}"


class TestMatrix(ChatContract):
    scheme = "matrix://user:{token}@127.0.0.1:{port}/!r:h"
    # Other requests come before that of the message: what one of them is refused with says less.
    refusals: ClassVar = {
        **dict.fromkeys(("401", "403", "404", "302"), Verdict(operator=True)),
        **dict.fromkeys(("500", "503"), Verdict()),
    }


def test_nobody_is_sent_elsewhere_with_the_text(service: Service) -> None:
    service.answer = "307"
    with pytest.raises(DeliveryError, match="HTTP 307"):
        room(f"json://127.0.0.1:{service.port}/{TOKEN}")._room.post("s", "t")


class TestWithoutAnswer:
    def test_a_server_that_says_nothing_may_have_taken_it(self, service: Service) -> None:
        service.answer = "silence"
        with pytest.raises(DeliveryError, match="may have taken it") as caught:
            room(f"json://127.0.0.1:{service.port}/{TOKEN}", 1)._room.post("s", "t")
        assert caught.value.in_doubt

    def test_a_closed_port_is_the_operators_trouble(self) -> None:
        with pytest.raises(DeliveryError, match="cannot be reached") as caught:
            room(f"json://127.0.0.1:1/{TOKEN}")._room.post("s", "t")
        assert (caught.value.operator, caught.value.hint) == (True, "syncd doctor")


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN[:24]}", "https://hooks.slack.com/services/"),
        (
            f"workflow://prod-1.logic.azure.com:443/{'a' * 32}/{TOKEN}",
            "https://prod-1.logic.azure.com:443/",
        ),
    ],
)
@responses.activate
def test_services_with_hosts_of_their_own_are_asked_there(url: str, asked: str) -> None:
    responses.add(responses.POST, re.compile(re.escape(asked)), body="ok", status=200)
    notifier = room(url)
    done = notifier.render(notification(), person("dana"))
    notifier._room.post(done.subject, done.body.decode())
    (call,) = responses.calls
    assert b"D-41" in call.request.body.encode()
    assert not re.search(rb"<!|@here|raw\.githubusercontent", call.request.body.encode())


@pytest.mark.parametrize(
    ("url", "why", "mend"),
    [
        (f"json://chat.example.com/{TOKEN}", "would post in the clear", "jsons://"),
        (f"mmost://chat.example.com/{TOKEN}", "would post in the clear", "mmosts://"),
        (f"jsons://chat.example.com/{TOKEN}?verify=no", "would not check", "take verify= out"),
        (
            f"nosuchchat://{TOKEN}",
            "does not understand",
            "secrets/notifiers__team_chat__secret_url",
        ),
        (f"slack://{TOKEN}", "does not understand", "secrets/notifiers__team_chat__secret_url"),
    ],
)
def test_an_address_that_is_not_safe_or_not_one_is_not_used(url: str, why: str, mend: str) -> None:
    notifier = room(url)
    (failed,) = notifier.check()
    assert (failed.mark, why in failed.text, mend in failed.fix) == (Mark.FAILED, True, True)
    assert TOKEN not in failed.text + failed.fix
    with pytest.raises(DeliveryError, match=why) as caught:
        notifier._room.post("s", "t")
    assert caught.value.operator


@pytest.mark.parametrize("url", ["mmosts", "", "://x", f"mmosts://{TOKEN}\n", f"a b://{TOKEN}"])
def test_what_is_no_address_is_said_without_it(url: str) -> None:
    with pytest.raises(ValueError, match="is not an address") as caught:
        ChatSettings.model_validate({"secret_url": url})
    assert TOKEN not in str(caught.value)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    notifier = room(f"mmosts://chat.example.com/{TOKEN}")
    (failed,) = notifier.check()
    assert failed.fix == "pip install 'syncd[chat]'"
    with pytest.raises(DeliveryError, match="not installed") as caught:
        notifier._room.post("s", "t")
    assert (caught.value.operator, caught.value.permanent) == (True, False)


def test_no_log_shows_a_part_of_the_address(
    service: Service, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also at the highest level, of apprise and of the transport below it."""
    heard: list[str] = []
    names: set[str] = set()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(SECRETS.mask(record.getMessage()))
            names.add(record.name.partition(".")[0])

    ear = Ear()
    logging.getLogger().addHandler(ear)
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    logging.getLogger("urllib3").manager._clear_cache()
    try:
        for answer in ("200", "404", "drop"):
            service.answer = answer
            notifier = room(f"mmost://127.0.0.1:{service.port}/{TOKEN}")
            try:
                notifier._room.post("s", "t")
            except DeliveryError as error:
                heard.append(f"{error} {error!r} {error.hint} {error.__cause__!r}")
            notifier.close()
    finally:
        logging.getLogger().removeHandler(ear)
    assert not [line for line in heard if TOKEN in line]
    assert TOKEN not in "".join(capfd.readouterr())
    assert names == {"urllib3"}


@pytest.mark.parametrize(
    ("evil", "told"),
    [
        ("<!channel> @here @all", "\u2039!channel\u203a \uff20here \uff20all"),
        ("[pay](https://evil.test)", "\uff3bpay\uff3d(https\ua789//evil\u2024test)"),
        ("www.evil.com evil.com", "www\u2024evil\u2024com evil\u2024com"),
        (
            "**bold** __b__ `c` ~s~",
            "\u2217\u2217bold\u2217\u2217 \u02cd\u02cdb\u02cd\u02cd \u02bcc\u02bc \u223cs\u223c",
        ),
        ("&lt;!here&gt; AT&T", "\uff06lt;!here\uff06gt; AT&T"),
        (":tada: 10:30", "\ua789tada: 10:30"),
        ("#general acme/ledger#311", "\uff03general acme/ledger#311"),
        ("mailto:x javascript:1", "mailto\ua789x javascript\ua7891"),
        ("PAY-142 v2.1, 3 Dec (Fri)", "PAY-142 v2.1, 3 Dec (Fri)"),
        ("one\ntwo\r\n# three", "one two \uff03 three"),
    ],
)
def test_what_could_mean_something_is_told_in_look_alikes(evil: str, told: str) -> None:
    assert tame(evil) == told


def test_many_are_five_lines_and_a_number_and_fit_into_a_thousand_characters() -> None:
    many = [transition(rich_finding(summary="word " * 99), number=n) for n in range(40)]
    sent = notification(*many, kind=NoticeKind.DIGEST)
    said = text(sent, person("dana"))
    assert said.count("\n") == MOST_LINES
    assert said.endswith("and 35 more: syncd alerts list")
    assert len(subject(sent) + said) < 1000


def many_alike(count: int) -> tuple[Transition, Victims]:
    """One alert that tells of many, of which five are listed."""
    below = [alert(finding(f"PAY-{n}", title="Refund " * 9), number=50 + n) for n in range(5)]
    root = transition(rich_finding())
    return root, Victims(root=root.alert.fingerprint, alerts=tuple(below), more=count - 5)


def test_what_one_alert_speaks_for_is_listed_as_in_mails() -> None:
    root, below = many_alike(400)
    said = text(notification(root, victims=(below,)), person("dana"))
    (line,) = [one for one in said.split("\n") if "PAY-0" in one]
    assert line.startswith("Also late because of it: PAY-0 (D-50, ")
    assert line.endswith("; and 395 more.")
    assert "PAY-0" not in text(notification(root, victims=(below,)), person("vp", role=Role.EXEC))
    over = replace(root, reason=Reason.CLEARED)
    assert "PAY-0" not in text(notification(over, victims=(below,)), person("dana"))
    several = notification(root, *[transition(finding("X-1"))], victims=(below,))
    assert "\nand 400 of the same cause\n" in text(several, person("dana"))


def test_leaders_read_no_keys_no_links_and_no_commands() -> None:
    said = text(notification(transition(rich_finding())), person("vp", role=Role.EXEC))
    assert said.endswith(": A date of the program moved.")
    assert not re.search(r"LED-88|https|syncd ", said)


def test_the_day_that_is_asked_for_stands_behind_what_is_to_be_done() -> None:
    about = rich_finding(act="Agree on a date.", by=AS_OF.date())
    said = text(notification(transition(about)), person("dana"))
    assert "To do: Agree on a date, by Mon 23 Nov." in said


def test_what_is_over_asks_for_nothing() -> None:
    said = text(notification(transition(rich_finding(), Reason.CLEARED)), person("dana"))
    assert said == "\u25cf D-41 cleared: Title of LED-88, planned 24 Nov"


def test_a_room_hears_once_of_what_several_people_are_told_there() -> None:
    """And a room may be somebody of its own, without an address for mail."""
    notifier = room(f"mmosts://chat.example.com/{TOKEN}")
    people = [
        person("dana", notifiers=("team_chat",)),
        person("wei", notifiers=("team_chat",)),
        person("room", email="", notifiers=("team_chat",)),
    ]
    told = [notification(person=one.id) for one in people]
    (only,) = queue(told, people, {"team_chat": notifier}, AS_OF)
    assert (only.recipient, only.state) == ("team_chat", MessageState.WAITING)
    assert TOKEN not in repr(only)
