"""Photographs of mails in headless Chromium, and how far two photographs are apart."""

from __future__ import annotations

import base64
import email
import subprocess
from email.message import EmailMessage
from email.policy import default
from html import escape
from pathlib import Path

from syncd.pictures import raster

CHROMIUM = Path("/usr/bin/chromium")
BLOCKED = "https://blocked.invalid/"
_SCHEME = {"dark": "0", "light": "1"}


def _font(name: str) -> str:
    file = Path(raster.__file__).parent / "fonts" / f"NotoSans-{name}.ttf"
    weight = "bold" if name == "Bold" else "normal"
    data = base64.b64encode(file.read_bytes()).decode()
    return (
        f"@font-face{{font-family:Arial;font-weight:{weight};src:url(data:font/ttf;base64,{data})}}"
    )


FONTS = f"<style>{_font('Regular')}{_font('Bold')}</style>"
"""The shipped fonts in place of the machine's Arial, so that lines break alike everywhere."""


def page_of(body: bytes, *, pictures: bool) -> str:
    """The HTML of a mail as a client shows it; without `pictures` their addresses lead nowhere."""
    mail = email.message_from_bytes(body, policy=default)
    html = mail.get_body(("html",))
    assert isinstance(html, EmailMessage)
    text = html.get_content()
    for part in mail.walk():
        name = (part["Content-ID"] or "").strip("<>")
        if name:
            data = base64.b64encode(part.get_content()).decode()
            address = f"data:image/png;base64,{data}" if pictures else BLOCKED
            text = text.replace(f"cid:{name}", address)
    return text


def chromium(folder: Path, scheme: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One run of the browser, with a profile of its own and no background traffic."""
    return subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage", "--enable-logging=stderr",
            "--hide-scrollbars", "--force-device-scale-factor=1", "--disable-lcd-text",
            f"--blink-settings=preferredColorScheme={_SCHEME[scheme]}",
            f"--user-data-dir={folder / 'profile'}", *arguments,
        ],
        capture_output=True, text=True, timeout=80, check=False,
    )  # fmt: skip


def photograph(folder: Path, html: str, *, scheme: str, width: int, height: int) -> bytes:
    """A PNG of the page, `width` x `height`; phones are narrower than a window may be."""
    frame, shot = folder / "frame.html", folder / "shot.png"
    fonts = html.replace("</head>", f"{FONTS}</head>", 1)
    frame.write_text(
        "<!DOCTYPE html><meta charset=utf-8><style>*{margin:0}iframe{display:block;border:0}</style>"
        f'<iframe width="{width}" height="{height}" srcdoc="{escape(fonts)}"></iframe>'
    )
    done = chromium(
        folder, scheme, f"--screenshot={shot}", f"--window-size={max(width, 640)},{height}",
        "--virtual-time-budget=2000", frame.as_uri(),
    )  # fmt: skip
    assert shot.exists(), done.stderr[-2000:]
    return shot.read_bytes()
