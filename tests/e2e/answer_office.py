"""A small store with an open alert of Dana's and one of Rosei's, and replies to mails about them."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from sections import OUTBOX

from syncd.answering import Desk
from syncd.keys import signing_key
from syncd.model.alerts import Message, MessageState
from syncd.model.grants import LINK_LIFE, Deed, Grant
from syncd.settings import load
from syncd.signing import Signing
from syncd.store import open_store
from syncd.testing.alert_store_contract import run, step
from syncd.testing.alerts import alert, finding

NOW = datetime.now(UTC).replace(microsecond=0)
CONFIG = """\
[store]
url = "sqlite:///var/syncd.db"
[people.dana]
name = "Dana Li"
email = "dana@example.com"
operator = true
[people.rosei]
name = "R. Osei"
email = "r.osei@example.com"
[alerts]
quiet_hours = false
"""
CONFIG += OUTBOX
DANAS = finding("LED-88", owner="person:dana")
ROSEIS = finding("PAY-1", owner="person:rosei")


class Office:
    """Folder, settings, store and desk; `more` is added to the configuration."""

    def __init__(self, folder: Path, more: str = "", secrets: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.path = folder / "syncd.toml"
        self.path.write_text(CONFIG + more)
        (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
        for name, text in (secrets or {}).items():
            (folder / "secrets" / name).write_text(text)
            (folder / "secrets" / name).chmod(0o600)
        self.settings = load(self.path, {})
        self.url = self.settings.store_url
        self.signing = Signing(signing_key("", self.settings.state))
        self.open_alerts()

    def open_alerts(self) -> None:
        with self.open() as store:
            opened = NOW - timedelta(days=1)
            alerts = [alert(one, number=number, opened_at=opened, changed_at=opened)
                      for number, one in enumerate((DANAS, ROSEIS), 1)]  # fmt: skip
            store.record(
                run(f"run-{len(store.runs(9))}"), [step(one) for one in alerts], [_sent(alerts[0])]
            )

    def open(self):
        return closing(open_store(self.url, now=NOW))

    def acts(self):
        with self.open() as store:
            return [(act.kind.value, act.by, act.way.value, act.text) for act in store.acts()]

    def oddities(self):
        with self.open() as store:
            found = store.oddities((NOW - timedelta(days=1)).date())
        return [(odd.kind.value, odd.about, odd.count) for odd in found]

    def desk(self, store) -> Desk:
        return Desk(self.settings, store, self.signing)

    def link(self, deed: Deed, who: str = "dana", **more) -> str:
        grant = {
            "fingerprint": DANAS.fingerprint,
            "number": 1,
            "update": 1,
            "expires": NOW + LINK_LIFE,
        }
        return self.signing.link(Grant(person=who, deed=deed, **(grant | more)))

    def address(self, who: str = "dana", **more) -> str:
        grant = {"fingerprint": DANAS.fingerprint, "number": 1, "update": 1, "deed": Deed.REPLY}
        return f"syncd+{self.signing.tag(Grant(person=who, **(grant | more)))}@example.com"

    def mail(
        self, text: str, *, sender: str = "dana@example.com", to: str = "", **headers
    ) -> bytes:
        found = EmailMessage()
        found["From"], found["To"] = f"Somebody <{sender}>", to or self.address()
        found["Subject"] = "Re: [Checkout] D-1 LED-88"
        found["Message-ID"] = f"<{abs(hash((text, sender, to)))}@example.com>"
        for name, value in headers.items():
            found[name.replace("_", "-")] = value
        found.set_content(text)
        return found.as_bytes()


def _sent(one) -> Message:
    return Message(
        message_id="<told-1@example.com>", notifier="mail", person="dana",
        recipient="dana@example.com", subject="D-1", body=b"x",
        alerts=((one.fingerprint, one.update),), queued_at=NOW, send_after=NOW,
        state=MessageState.SENT, sent_at=NOW,
    )  # fmt: skip


def bounce(original: str, recipient: str, *, action: str = "failed", asked: str = "") -> bytes:
    """What a mail server sends back (RFC 3464); `asked` was the address before it forwarded."""
    before = f"Original-Recipient: rfc822;{asked}\r\n" if asked else ""
    return (
        "From: Mail Delivery <mailer-daemon@mx.example.net>\r\nTo: syncd@example.com\r\n"
        f"Return-Path: <>\r\nMessage-ID: <b{abs(hash((original, recipient)))}@mx>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nack\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.net\r\n\r\n{before}"
        f"Final-Recipient: rfc822; {recipient}\r\n"
        f"Action: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original}\r\n\r\n--b--\r\n"
    ).encode()
