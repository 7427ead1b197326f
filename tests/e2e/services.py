"""A running `syncd serve` with its log, and what it tells its service manager."""

import json
import os
import signal
import socket
import subprocess
import threading
import time


class Ear:
    """What systemd would be told."""

    def __init__(self, folder):
        self.path, self.heard = folder / "notify", []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while text := self._socket.recv(4096).decode():
            self.heard.extend(text.splitlines())

    def cycles(self):
        return sum(text.startswith("STATUS=last cycle") for text in self.heard)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
            mouth.sendto(b"", str(self.path))
        self._thread.join()
        self._socket.close()


class Service:
    """A running one with its log."""

    def __init__(self, place, command, **env):
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1", **env}
        )
        place._running.append(self.process)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(json.loads(line))

    def events(self):
        return [line["event"] for line in self.lines]

    def stop(self):
        """Its log."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(180) == 143
        self.reader.join()
        return self.lines


def slowness(place):
    """Seconds that a command takes on this machine now: they come on top of what is promised."""
    began = time.monotonic()
    place.syncd("status")
    return time.monotonic() - began


def require_end_in_time(place, process):
    """Ten seconds after SIGTERM (O4)."""
    patience = 10 + slowness(place)
    process.send_signal(signal.SIGTERM)
    assert process.wait(patience) == 143


def serving(place, *more, **env):
    return Service(place, place.command("serve", "--log-format", "json", *more), **env)
