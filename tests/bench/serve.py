"""A provider in a process of its own: pages are written once by a simulator, then served as bytes.

    serve.py KIND SCOPES SIZE [--keep]      prints its port and goes on until its input ends

`--keep` keeps every page. `POST /bench` with {"delay", "faults", "touch"} sets how it behaves; the
answer tells what was asked since the last {"log"}.
"""

import json
import random
import socket
import socketserver
import struct
import sys
import threading
import time
from urllib.parse import parse_qsl, unquote, urlsplit

from worlds import WORLDS

from syncd.demo.simulators.server import Request

REASONS = {200: "OK", 429: "Too Many Requests", 503: "Service Unavailable"}


class Site:
    """What all connections share."""

    def __init__(self, kind, scopes, size, keep):
        self.world, self.keep = WORLDS[kind](scopes, size), keep
        self.lock = threading.Lock()
        self.pages, self.asked, self.sent = {}, [], 0
        self.delay, self.share, self.dice = 0.0, 0.0, random.Random(7)
        self.faults = 0

    def setting(self, told):
        """Behave as told from now; what was asked until now."""
        with self.lock:
            log = {"asked": self.asked, "requests": len(self.asked), "bytes": self.sent,
                   "faults": self.faults}  # fmt: skip
            if "log" in told:
                self.asked, self.sent, self.faults = [], 0, 0
            self.delay = told.get("delay", self.delay)
            self.share = told.get("faults", self.share)
            if told.get("touch"):
                self.world.touch(told["touch"])
                self.pages.clear()
        if not told.get("log"):
            del log["asked"]
        return json.dumps(log | {"scopes": self.scopes(), "url": self.world.url,
                                 "credential": self.credential()}).encode()  # fmt: skip

    def scopes(self):
        for name in ("projects", "calendars"):
            if hasattr(self.world, name):
                return list(getattr(self.world, name))
        return [each.full_name for each in self.world.repos.values()]

    def credential(self):
        held = self.world
        return held.service_account() if hasattr(held, "calendars") else "simulated-token"

    def page(self, method, target, headers, body):
        """Head and body of an answer, and whether it is to break off."""
        with self.lock:
            self.asked.append((method, target, body.decode()))
            fault = (
                self.dice.choice((429, 503, "reset", "cut"))
                if self.share and self.dice.random() < 4 * self.share
                else None
            )
            self.faults += fault is not None
            key = (method, target, body)
            found = self.pages.get(key) or self._written(method, target, headers, body)
            if self.keep:
                self.pages[key] = found
            self.sent += len(found[1])
        return found, fault

    def _written(self, method, target, headers, body):
        where = urlsplit(target)
        pairs = tuple(parse_qsl(where.query, keep_blank_values=True))
        request = Request(method=method, path=unquote(where.path), query=dict(pairs), pairs=pairs,
                          headers=headers, body=body)  # fmt: skip
        answer = self.world.answer(request)
        content, kind = answer.encoded()
        lines = {"Content-Type": kind, **self.world.default_headers(request), **answer.headers,
                 "Date": f"{self.world.now:%a, %d %b %Y %H:%M:%S GMT}",
                 "Content-Length": str(len(content))}  # fmt: skip
        return head(answer.status, lines), content


def head(status, lines):
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {REASONS.get(status, 'Told')}\r\n{told}\r\n".encode()


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        site = self.server.site
        while line := self.rfile.readline():
            method, target, _ = line.decode().split()
            headers = {}
            while line := self.rfile.readline().strip():
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            if target == "/bench":
                content = site.setting(json.loads(body))
                self.request.sendall(head(200, {"Content-Length": len(content)}) + content)
                continue
            time.sleep(site.delay)
            (top, content), fault = site.page(method, target, headers, body)
            if not self._sent(top, content, fault):
                return

    def _sent(self, top, content, fault):
        if fault == "reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if fault == "cut":
            self.request.sendall(top + content[: len(content) // 2])
            return False
        if fault:
            told = {"Content-Length": 2} | ({"Retry-After": 1} if fault == 429 else {})
            top, content = head(fault, told), b"{}"
        self.request.sendall(top)
        self.request.sendall(content)
        return True


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def main():
    kind, scopes, size, *more = sys.argv[1:]
    with Server(("127.0.0.1", 0), Connection) as server:
        server.site = Site(kind, int(scopes), int(size), "--keep" in more)
        port = server.server_address[1]
        # The simulators write their own address into their answers.
        server.site.world._server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
