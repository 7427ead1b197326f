"""A site on a real socket over a small store, without a service."""

import http.client
from contextlib import contextmanager
from datetime import UTC, datetime

from sections import OUTBOX
from silent import Silent

from syncd.app import App
from syncd.keys import signing_key
from syncd.metrics import exposition
from syncd.settings import load
from syncd.signing import Signing
from syncd.vitals import Vitals
from syncd.web.server import Server
from syncd.web.site import site

CONFIG = """
[serve]
bind = "127.0.0.1:0"
{serve}
[store]
url = "sqlite:///var/syncd.db"
[sources.plan]
kind = "file"
paths = ["plan.ics"]
[programs.checkout]
name = "Checkout"
[programs.billing]
name = "Billing"
[people.dana]
name = "Dana Li"
email = "dana@example.com"
operator = true
[alerts]
quiet_hours = false
"""
CONFIG += OUTBOX
PLAN = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//syncd//test//EN
BEGIN:VEVENT
UID:1@example.com
DTSTAMP:20261101T090000Z
DTSTART;VALUE=DATE:20271201
SUMMARY:Checkout launch
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


class Site:
    def __init__(self, folder, serve=""):
        (folder / "syncd.toml").write_text(CONFIG.format(serve=serve))
        (folder / "plan.ics").write_text(PLAN)
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.settings = load(folder / "syncd.toml", {})
        self.signing = Signing(signing_key("", self.settings.state))
        self.silence, self.unwell, self.ready = 1.0, set(), ""

    @contextmanager
    def serving(self):
        with App(self.settings, now=self.now, own=True) as app:
            self.app = app
            app.run_once(self.now, progress=Silent())
            app.mailroom  # noqa: B018 - made before other threads ask for it
            vitals = Vitals(
                silent_for=lambda: self.silence,
                ready=lambda: self.ready,
                metrics=lambda: exposition(app.store, app.settings, self.now, self.unwell),
            )
            with Server(site(app, vitals, lambda: self.now), ("127.0.0.1", 0)) as server:
                self.port = server.address[1]
                yield self

    def ask(self, path, *, by="127.0.0.1", **headers):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=60, source_address=(by, 0)
        )
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=names)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text
