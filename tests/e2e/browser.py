"""Headless Chromium: what it measures of pages in frames, in one colour scheme."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
_SCHEME = {"dark": "0", "light": "1"}
_SCRIPT = """
<pre id="told"></pre><script>
const parts = colour => (colour.match(/[0-9.]+/g) || []).map(Number);
function light(colour) {
  const [r, g, b] = parts(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function behind(view, node) {
  for (; node; node = node.parentElement) {
    const back = parts(view.getComputedStyle(node).backgroundColor);
    if (back.length === 3 || back[3] > 0) return `rgb(${back.slice(0, 3)})`;
  }
  return 'rgb(255,255,255)';
}
function look(frame) {
  const page = frame.contentDocument, view = frame.contentWindow, faint = [];
  for (const more of page.querySelectorAll('details')) more.open = true;
  for (const node of page.body.querySelectorAll('*')) {
    const said = [...node.childNodes].filter(n => n.nodeType === 3 && /\\w/.test(n.data));
    const style = view.getComputedStyle(node), drawn = node.namespaceURI.includes('svg');
    if (!said.length || /^(script|title)$/i.test(node.tagName)) continue;
    if (!drawn && !node.offsetParent) continue;
    const colours = [drawn ? style.fill : style.color, behind(view, node)];
    const [hi, lo] = colours.map(light).sort((a, b) => b - a);
    if ((hi + 0.05) / (lo + 0.05) < 4.5) faint.push([said[0].data.trim(), ...colours]);
  }
  return {
    name: frame.title, width: page.documentElement.clientWidth, faint, ...(%s)(page),
    needs: page.documentElement.scrollWidth, page: behind(view, page.body),
    fetched: view.performance.getEntriesByType('resource').map(e => e.name),
  };
}
window.onload = () => {
  const told = [...document.querySelectorAll('iframe')].map(look);
  document.getElementById('told').textContent = JSON.stringify(told);
};
</script>
"""


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
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def measured(
    folder: Path,
    scheme: str,
    pages: Iterable[tuple[str, str]],
    widths: Sequence[int],
    *,
    height: int,
    more: str = "page => ({})",
) -> list[dict[str, Any]]:
    """What the browser says of each (name, HTML) at each width: texts too faint, what was fetched,
    how wide it needs to be; and what `more`, a function of the page in JavaScript, adds.

    Fails where the console has anything to say.
    """
    frames = [
        f'<iframe title="{name}" width="{width}" height="{height}" frameborder="0" '
        f'srcdoc="{escape(html)}"></iframe>'
        for name, html in pages
        for width in widths
    ]
    whole = folder / "pages.html"
    whole.write_text(f"<!DOCTYPE html><meta charset=utf-8>{''.join(frames)}{_SCRIPT % more}")
    done = chromium(folder, scheme, "--dump-dom", whole.as_uri())
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(unescape(told[1]))
    assert len(found) == len(frames)
    assert not [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return found
