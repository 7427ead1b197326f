"""A mail server over real sockets that answers each stage as a script says, or does worse."""

import contextlib
import os
import signal
import socket
import socketserver
import ssl
import struct
import threading
from collections import Counter

DEFAULTS = {
    "banner": "220 ready", "EHLO": "250-test\r\n250 SIZE 1000000", "HELO": "250 test",
    "RSET": "250 ok", "NOOP": "250 ok", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on",
    "STARTTLS": "220 go on", "AUTH": "235 welcome", "dot": "250 taken", "QUIT": "221 bye",
}  # fmt: skip


class _Session(socketserver.StreamRequestHandler):
    server: "ScriptedSmtp"

    def handle(self) -> None:
        try:
            with contextlib.suppress(OSError):
                self._talk()
        finally:
            self.connection.close()

    def _talk(self) -> None:
        if not self._say("banner"):
            return
        while line := self.rfile.readline():
            verb = line.split()[0].upper().decode() if line.split() else ""
            self.server.heard.append(line)
            if not self._say(verb) or verb == "QUIT":
                return
            if verb == "STARTTLS" and self.server.answered.startswith("220"):
                self._protect()
            if verb == "DATA" and self.server.answered.startswith("354"):
                body = self._text()
                self.server.received.append(body)
                if not self._say("dot"):
                    return

    def _protect(self) -> None:
        assert self.server.tls is not None
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)  # type: ignore[assignment]

    def _text(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise OSError("client left")
            if not lines and not self._say("inside"):
                raise OSError("dropped")
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _say(self, stage: str) -> bool:
        """Whether the talk goes on. "inside" says nothing unless the script does."""
        reply = self.server.reply_to(stage)
        first, _, rest = reply.partition(" then ")
        if first == "kill":
            os.kill(self.server.client, signal.SIGKILL)
            return False
        if first in ("drop", "close"):
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        if first == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.rfile.close()
            return False
        if first in ("silence", "late"):
            self.server.patience.wait(60)
            return False
        if first:
            self.server.answered = first
            self.wfile.write(first.encode() + b"\r\n")
        if rest == "close":
            self.connection.shutdown(socket.SHUT_RDWR)
        if rest == "kill":
            os.kill(self.server.client, signal.SIGKILL)
        return not rest


class ScriptedSmtp(socketserver.ThreadingTCPServer):
    """Answers each stage as `script` says; `fault` is (stage, how often it comes first, answer).

    Answers besides replies: "drop" or "close", "reset", "silence" or "late", "kill" (SIGKILL to the
    process `client`), and "250 taken then close".
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.tls = tls
        self.script = dict(DEFAULTS)
        self.fault = ("", 0, "")
        self.met: Counter[str] = Counter()
        self.answered = ""
        self.client = 0
        self.received: list[bytes] = []
        self.heard: list[bytes] = []
        self.patience = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    def reply_to(self, stage: str) -> str:
        self.met[stage] += 1
        at, times, answer = self.fault
        if stage == at and self.met[stage] == times:
            return answer
        return self.script.get(stage, "" if stage == "inside" else "502 what?")

    def reset(self, **script: str) -> None:
        self.script = DEFAULTS | script
        self.fault = ("", 0, "")
        self.met.clear()
        self.received.clear()
        self.heard.clear()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves in the middle is what is tested."""

    def stop(self) -> None:
        self.patience.set()
        self.shutdown()
        self.server_close()
