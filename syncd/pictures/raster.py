"""SVG → PNG with the fonts that are shipped: the same bytes on every machine."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

FAMILY = "Noto Sans"
ZOOM = 2
_FONTS = [
    str(Path(__file__).parent / "fonts" / f"NotoSans-{weight}.ttf")
    for weight in ("Regular", "Bold")
]
_WRITTEN = (
    range(0x20, 0x7F), range(0xA0, 0x250), range(0x370, 0x3E2), range(0x3F0, 0x460),
    range(0x1E00, 0x1F00), range(0x2010, 0x2016), range(0x2018, 0x201F),
)  # fmt: skip
_SINGLE = frozenset("\u2009\u2020\u2021\u2022\u2026\u2030\u20ac\u2116\u2122\u2212\u0490\u0491")


@lru_cache(maxsize=64)
def png(svg: str) -> bytes:
    """The picture at twice its size, for sharp screens. Raises ValueError for what is no SVG.

    All readers of an alert get the same one, and drawing it takes longer than the rest of a mail.
    """
    import resvg_py  # noqa: PLC0415 - 40 ms and a shared library that most commands never need

    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=_FONTS,
        font_family=FAMILY,
        sans_serif_family=FAMILY,
    )


def can_write(text: str) -> bool:
    """Whether the shipped fonts have every character: Latin, Greek, Cyrillic and some signs."""
    return all(_has(char) for char in text)


def _has(char: str) -> bool:
    is_known = char in _SINGLE or any(ord(char) in block for block in _WRITTEN)
    return is_known and unicodedata.category(char) != "Cn"
