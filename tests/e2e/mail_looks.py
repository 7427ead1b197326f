"""Photographs of mails in headless Chromium, and how far two photographs are apart."""

from __future__ import annotations

import base64
import email
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from html import escape, unescape
from pathlib import Path

from browser import chromium

from syncd.pictures import raster

BLOCKED = "https://blocked.invalid/"


def _font(name: str) -> str:
    file = Path(raster.__file__).parent / "fonts" / f"NotoSans-{name}.ttf"
    weight = "bold" if name == "Bold" else "normal"
    data = base64.b64encode(file.read_bytes()).decode()
    return (
        f"@font-face{{font-family:Arial;font-weight:{weight};src:url(data:font/ttf;base64,{data})}}"
    )


SIGNS = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
_SIGNS = '@font-face{font-family:Arial;src:local("DejaVu Sans");unicode-range:U+2190-25FF}'
_CODE = 'code{font-family:"DejaVu Sans Mono"!important}'
FONTS = f"<style>{_font('Regular')}{_font('Bold')}{_SIGNS}{_CODE}</style>"
"""Known fonts in place of the machine's, so that lines break alike everywhere."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One mail on a sheet: its HTML, and where it hangs, in pixels."""

    html: str
    x: int
    y: int
    width: int
    height: int


def photograph(folder: Path, frames: Sequence[Frame], scheme: str) -> bytes:
    """A PNG of all frames on one sheet, in light or dark."""
    sheet, shot = folder / f"{scheme}.html", folder / f"{scheme}.png"
    hung = "".join(
        f'<iframe style="position:absolute;border:0;left:{one.x}px;top:{one.y}px" '
        f'width="{one.width}" height="{one.height}" '
        f'srcdoc="{escape(one.html.replace("</head>", f"{FONTS}</head>", 1))}"></iframe>'
        for one in frames
    )
    sheet.write_text(f"<!DOCTYPE html><meta charset=utf-8>{hung}")
    width = max(one.x + one.width for one in frames)
    height = max(one.y + one.height for one in frames)
    done = chromium(
        folder, scheme, f"--screenshot={shot}", f"--window-size={width},{height}",
        "--virtual-time-budget=3000", sheet.as_uri(),
    )  # fmt: skip
    assert shot.exists(), done.stderr[-2000:]
    return shot.read_bytes()


COMPARE = """
<img id="a" src="data:image/png;base64,%s"><img id="b" src="data:image/png;base64,%s">
<pre id="told"></pre><script>
const SIDE = 6, REACH = 2;
function pixels(image) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
function mean(data, left, top) {
  const sum = [0, 0, 0];
  for (let y = top; y < top + SIDE; y++)
    for (let x = left; x < left + SIDE; x++)
      for (let c = 0; c < 3; c++) sum[c] += data.data[(y * data.width + x) * 4 + c];
  return sum.map(one => one / (SIDE * SIDE));
}
function apart(one, other) { return Math.max(...one.map((value, c) => Math.abs(value - other[c]))); }
function nearest(known, data, left, top) {
  let least = 255;
  for (let dy = -REACH; dy <= REACH; dy++)
    for (let dx = -REACH; dx <= REACH; dx++) {
      const [x, y] = [left + dx, top + dy];
      if (x < 0 || y < 0 || x + SIDE > data.width || y + SIDE > data.height) continue;
      least = Math.min(least, apart(known, mean(data, x, y)));
    }
  return least;
}
window.onload = () => {
  const [a, b] = ['a', 'b'].map(id => pixels(document.getElementById(id)));
  const worst = [];
  for (let y = 0; y + SIDE <= Math.min(a.height, b.height); y += SIDE)
    for (let x = 0; x + SIDE <= Math.min(a.width, b.width); x += SIDE) {
      const known = mean(a, x, y);
      if (apart(known, mean(b, x, y)) < 1) continue;
      const far = nearest(known, b, x, y);
      if (far >= 1) worst.push([Math.round(far), x, y]);
    }
  worst.sort((p, q) => q[0] - p[0]);
  document.getElementById('told').textContent = JSON.stringify(
    {sizes: [a.width, a.height, b.width, b.height], worst: worst.slice(0, 20)});
};
</script>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """How far two pictures are apart."""

    same_size: bool
    worst: tuple[tuple[int, int, int], ...]
    """(difference of 255 of the mean colour, left, top) of the 6 x 6 blocks that have no like in
    the other picture within 2 pixels, the worst first."""


def compare(folder: Path, golden: bytes, made: bytes) -> Apart:
    """Both pictures block by block, in the browser, which can read PNG."""
    page = folder / "compare.html"
    page.write_text(COMPARE % tuple(base64.b64encode(one).decode() for one in (golden, made)))
    done = chromium(folder, "light", "--dump-dom", page.as_uri())
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    found = json.loads(unescape(told[1]))
    sizes = found["sizes"]
    return Apart(same_size=sizes[:2] == sizes[2:], worst=tuple(map(tuple, found["worst"])))
