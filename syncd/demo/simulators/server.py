"""What the simulators share: a threaded loopback HTTP server with routes, faults and a log.

class JiraSimulator(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.route("GET", r"/rest/api/2/issue/(?P<key>[^/]+)", self._issue)

    def _issue(self, request: Request, key: str) -> Answer: ...
"""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str
    """Without the query, percent-decoded."""
    query: Mapping[str, str]
    """Last value of each parameter."""
    pairs: tuple[tuple[str, str], ...]
    """All parameters in order, for those that are repeated."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> Any:
        """The body as JSON; {} if there is none."""
        return json.loads(self.body) if self.body else {}

    def form(self) -> dict[str, str]:
        """The body as a posted form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to send back. `body` is JSON-encoded unless it is bytes or text; None = no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, str]:
        """The bytes and their content type."""
        if self.body is None:
            return b"", "application/json"
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        if isinstance(self.body, str):
            return self.body.encode(), "text/html; charset=utf-8"
        return json.dumps(self.body).encode(), "application/json; charset=utf-8"


Handler = Callable[..., Answer]


@dataclass(slots=True, kw_only=True)
class Fault:
    """A planned misbehaviour for requests that `when` picks."""

    when: Callable[[Request], bool]
    times: int | None
    """How many requests it still hits; None = until removed."""
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Answer], Answer] | None = None
    """Alters the true answer instead of replacing it."""
    reset: bool = False
    truncate: bool = False
    delay: float = 0.0
    """Seconds before the answer."""
    drip: float = 0.0
    """Seconds between single bytes of the body."""

    def apply(self, answer: Callable[[], Answer]) -> Answer:
        """The answer to send in place of the true one."""
        if self.status is not None:
            return Answer(status=self.status, body=self.body, headers=self.headers)
        true = answer()
        if self.change is not None:
            return self.change(true)
        if self.headers:
            return Answer(
                status=true.status, body=true.body, headers={**true.headers, **self.headers}
            )
        return true


class Simulator:
    """Base of a simulated provider. `url` is known after `start`; also a context manager.

    `now` is the provider's clock: it stamps edits and the `Date` header, and stands still until
    somebody sets it. `requests` is the log of what was asked. Handlers run one at a time.
    """

    prefix = ""
    """Path in front of all routes, part of `url`."""

    def __init__(self, *, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self._server: _Server | None = None

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        """Answer `method` on paths that match `pattern` whole; named groups become arguments."""
        self._routes.append((method, re.compile(pattern), handler))

    def authorise(self, request: Request) -> Answer | None:  # noqa: ARG002 # for subclasses
        """The refusal for a request without good credentials; None lets it in."""
        return None

    def default_headers(self, request: Request) -> Mapping[str, str]:  # noqa: ARG002 # as above
        """Headers on every answer, under those of the answer itself."""
        return {}

    def not_found(self, request: Request) -> Answer:
        """The answer where no route matches."""
        return Answer(status=404, body={"message": f"no such path: {request.path}"})

    def fail(
        self,
        when: str | Callable[[Request], bool] = "",
        *,
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        change: Callable[[Answer], Answer] | None = None,
        reset: bool = False,
        truncate: bool = False,
        delay: float = 0.0,
        drip: float = 0.0,
        times: int | None = None,
    ) -> Fault:
        """Misbehave for requests whose path contains `when` (or for which it is true).

        The first planned fault that fits is used; `times` limits it. Returns it, to `mend`.
        """
        picks = when if callable(when) else _containing(when)
        fault = Fault(
            when=picks, times=times, status=status, body=body, headers=headers or {},
            change=change, reset=reset, truncate=truncate, delay=delay, drip=drip,
        )  # fmt: skip
        with self.lock:
            self.faults.append(fault)
        return fault

    def mend(self, fault: Fault | None = None) -> None:
        """Take back one fault, or all."""
        with self.lock:
            self.faults = [] if fault is None else [each for each in self.faults if each != fault]

    def start(self, port: int = 0) -> Self:
        """Listen on loopback in a thread of its own; port 0 = any free one."""
        self._server = _Server(("127.0.0.1", port), _RequestHandler)
        self._server.simulator = self
        # stop() waits for the next poll: keep that short, tests stop many servers.
        serve = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        serve.start()
        return self

    def stop(self) -> None:
        """Stop listening; open connections are dropped."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.drop_connections()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        if self._server is None:
            raise RuntimeError("the simulator is not running: call start() first")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Base address to configure a client with."""
        return self.origin + self.prefix

    def fault_for(self, request: Request) -> Fault | None:
        """The planned fault that hits this request, counted down."""
        with self.lock:
            for fault in self.faults:
                if fault.times != 0 and fault.when(request):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def answer(self, request: Request) -> Answer:
        """Route one request; handlers see the data under the lock."""
        with self.lock:
            refusal = self.authorise(request)
            if refusal is not None:
                return refusal
            for method, pattern, handler in self._routes:
                match = pattern.fullmatch(request.path.removeprefix(self.prefix))
                if method == request.method and match:
                    return handler(request, **match.groupdict())
            return self.not_found(request)


def _containing(part: str) -> Callable[[Request], bool]:
    return lambda request: part in request.path


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    simulator: Simulator

    def __init__(self, *args: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(*args)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Known from here on: who stops us knows all that was accepted before."""
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell a bug of ours; a client that hangs up is part of the play."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it every answer waits 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the library's own name
        """Print nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 # as above
        """The simulator's clock, not the machine's."""
        return format_datetime(self.server.simulator.now.astimezone(UTC), usegmt=True)

    def _serve(self) -> None:
        simulator = self.server.simulator
        request = self._request()
        with simulator.lock:
            simulator.requests.append(request)
        fault = simulator.fault_for(request)
        if fault is None:
            self._send(request, simulator.answer(request))
            return
        time.sleep(fault.delay)
        if fault.reset:
            self._reset()
            return
        self._send(request, fault.apply(lambda: simulator.answer(request)), fault)

    def _request(self) -> Request:
        where = urlsplit(self.path)
        pairs = tuple(parse_qsl(where.query, keep_blank_values=True))
        return Request(
            method=self.command,
            path=unquote(where.path),
            query=dict(pairs),
            pairs=pairs,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )

    def _send(self, request: Request, answer: Answer, fault: Fault | None = None) -> None:
        body, kind = answer.encoded()
        headers = {
            "Content-Type": kind,
            **self.server.simulator.default_headers(request),
            **answer.headers,
            "Content-Length": str(len(body)),
        }
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if request.method == "HEAD" or answer.status == 304:
            return
        if fault is not None and fault.truncate:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif fault is not None and fault.drip:
            self._drip(body, fault.drip)
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes, pause: float) -> None:
        for byte in body:
            self.wfile.write(bytes((byte,)))
            self.wfile.flush()
            time.sleep(pause)

    def _reset(self) -> None:
        # Lingering for 0 s makes close() send a reset instead of an orderly end.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    # The library looks handlers up by these names.
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815
