"""The colours of mail and report: in light ≥ 4.5 : 1 on white, in dark on `#161b22`."""

from __future__ import annotations

LIGHT = {
    "ink": "#1f2328", "mute": "#57606a", "late": "#b33f00", "risk": "#8a5a00",
    "ok": "#00735a", "none": "#57606a", "link": "#0058a3", "rule": "#eaeef2", "edge": "#d0d7de",
    "card": "#ffffff", "page": "#f6f8fa", "quiet": "#eef1f4", "strong": "#0058a3",
    "late_tint": "#fde3d3", "risk_tint": "#fdf0cd", "ok_tint": "#d5efe6", "none_tint": "#eaeef2",
    "late_word": "#8f3200", "risk_word": "#714a00", "ok_word": "#005c48", "none_word": "#57606a",
    "bar": "#c8d1da", "late_bar": "#b33f00", "risk_bar": "#c98a1b", "ok_bar": "#2fae86",
    "none_bar": "#57606a",
}  # fmt: skip
"""late, risk, ok and none are the four standings: as text, `_word` on `_tint`, and as a bar."""

DARK = {
    "ink": "#e6edf3", "mute": "#9da7b1", "late": "#ff9a66", "risk": "#f2c14e",
    "ok": "#4cc9a0", "none": "#9da7b1", "link": "#78b7ff", "rule": "#30363d", "edge": "#30363d",
    "card": "#161b22", "page": "#0d1117", "quiet": "#2a3037", "strong": "#1060c8",
    "late_tint": "#4a1f08", "risk_tint": "#3d2c00", "ok_tint": "#063d2f", "none_tint": "#2a3037",
    "late_word": "#ffb48a", "risk_word": "#f2c14e", "ok_word": "#6fdcb9", "none_word": "#9da7b1",
    "bar": "#57606a", "late_bar": "#ff7a33", "risk_bar": "#c98a1b", "ok_bar": "#2fae86",
    "none_bar": "#9da7b1",
}  # fmt: skip
"""The same names for dark."""
