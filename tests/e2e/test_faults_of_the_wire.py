"""No provider at the other end, or one that does not speak HTTP: real sockets, all three sources."""

import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import trustme
from ports import kept_port, let_go
from stage import POINTS, RUNS, SCOPES, Case, answering, caught_up, keep_secret, kept, leaks, run

from syncd import plugins
from syncd.errors import Unavailable, UnexpectedAnswer
from syncd.pulling import SourceReport
from syncd.settings import load

pytestmark = pytest.mark.usefixtures("mended")


class Wire:
    """A listening socket that treats each connection as it is told; `heard` is all it was sent."""

    def __init__(self, talk: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None):
        self.talk, self.tls = talk, tls
        self.heard = b""
        self.connections = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def origin(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.server.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection:
                if self.tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                self.heard += connection.recv(65536)
                self.talk(connection)
        except OSError:
            return

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)  # wakes who accepts there
        self.server.close()


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        continue


def endless(connection: socket.socket) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    while True:
        connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(answer)


def own_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@contextmanager
def listening(talk: Callable[[socket.socket], None], *, tls: bool = False) -> Iterator[Wire]:
    wire = Wire(talk, own_certificate() if tls else None)
    yield wire
    wire.close()


@contextmanager
def nobody() -> Iterator[str]:
    port = kept_port()
    yield f"http://127.0.0.1:{port}"
    let_go(port)


@contextmanager
def full_queue() -> Iterator[str]:
    """A port on which no connection comes about: its queue is full and nobody takes from it."""
    with socket.socket() as server, ExitStack() as waiting:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def no_such_name() -> Iterator[str]:
    yield "https://no-such-host.invalid"


@contextmanager
def at(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    with listening(talk) as wire:
        yield wire.origin


@contextmanager
def plain_where_tls_is_expected() -> Iterator[str]:
    with listening(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as wire:
        yield wire.origin.replace("http:", "https:")


WIRES = {
    "closed port": (nobody, "refused the connection"),
    "full queue": (full_queue, "did not"),
    "no such name": (no_such_name, "no such host name"),
    "silence": (lambda: at(silent), "did not"),
    "hangs up": (lambda: at(saying(b"")), "closed the connection|reset the connection"),
    "half a header": (
        lambda: at(saying(b"HTTP/1.1 200 OK\r\nContent-Ty")),
        "JSON|whole answer|reset the connection",
    ),
    "another protocol": (lambda: at(saying(b"220 mail.example ESMTP\r\n")), "whole answer"),
    "endless body": (lambda: at(endless), "more than 32 MiB|within 2 s"),
    "no TLS": (plain_where_tls_is_expected, "failed in the TLS handshake|did not finish"),
}


def configure(place, origin: str) -> None:
    """Let every source be looked for at another address."""
    text = (place.folder / "syncd.toml").read_text()
    simulated = [line.split('"')[1] for line in text.splitlines() if line.startswith("url = ")]
    for each in simulated:
        text = text.replace(each, origin + each[len("http://127.0.0.1:") :].lstrip("0123456789"))
    (place.folder / "syncd.toml").write_text(text)
    held = place.folder / "secrets" / "sources__calendar__credentials"
    key = json.loads(held.read_text()) | {"token_uri": f"{origin}/token"}
    keep_secret(place.folder, "calendar", json.dumps(key))
    place.settings = load(place.folder / "syncd.toml", {}, catalog=plugins)


def failed(report: SourceReport) -> Exception:
    (error,) = {str(each): each for each in report.failures}.values()
    assert isinstance(error, Unavailable | UnexpectedAnswer)
    assert error.hint
    return error


@pytest.mark.parametrize("name", WIRES)
def test_nobody_sensible_at_the_other_end(stage, name, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    place, (opened, words) = stage.install(tmp_path), WIRES[name]
    before = {each.name: each.read_bytes() for each in (tmp_path / "secrets").iterdir()}
    config = (tmp_path / "syncd.toml").read_text()
    stage.world.at(RUNS[0])
    with opened() as origin:
        configure(place, origin)
        seen = run(place, RUNS[0], hurried=SCOPES)
    for report in seen.report.sources:
        assert any(each in str(failed(report)) for each in words.split("|")), report.failures
        kept(seen, stage, report.source, Case(answering(0), Unavailable, ""), RUNS[0])
    assert seen.report.exit_code in (3, 7)
    assert not leaks(stage, place, seen, caplog.text)
    assert not [record for record in caplog.records if record.exc_info]
    (tmp_path / "syncd.toml").write_text(config)
    for each, value in before.items():
        (tmp_path / "secrets" / each).write_bytes(value)
    place.settings = load(tmp_path / "syncd.toml", {}, catalog=plugins)
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


def test_a_foreign_certificate_is_refused_and_never_given_a_credential(stage, tmp_path):
    place = stage.install(tmp_path)
    with listening(silent, tls=True) as wire:
        configure(place, wire.origin)
        seen = run(place, RUNS[0])
    for report in seen.report.sources:
        assert "has a certificate that can't be verified" in str(failed(report))
        kept(seen, stage, report.source, Case(answering(0), Unavailable, ""), RUNS[0])
    assert wire.heard == b"", "something was sent to a server that proved nothing"
    assert wire.connections


@pytest.mark.parametrize("point", POINTS)
def test_a_server_that_goes_down_while_we_read(stage, point, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    ports = {}
    for source, simulator in stage.world.by_name.items():
        ports[source] = int(simulator.origin.rpartition(":")[2])
        when, down = POINTS[point](source), []

        def go_down(request, when=when, simulator=simulator, down=down) -> bool:
            if when(request) and not down:
                down.append(request)
                simulator.stop()
            return bool(down)

        simulator.fail(go_down, reset=True)
    seen = run(place, RUNS[0])
    for source, simulator in stage.world.by_name.items():
        simulator.mend()
        simulator.start(ports[source])
    for report in seen.report.sources:
        assert isinstance(failed(report), Unavailable)
        kept(seen, stage, report.source, Case(answering(0), Unavailable, ""), RUNS[0])
    assert seen.report.exit_code == 7
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)
