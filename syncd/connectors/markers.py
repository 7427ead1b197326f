"""How syncd knows its own writing again, wherever it stands."""

from __future__ import annotations

import re

OPENING = "syncd: "
"""How every comment of ours begins; one that quotes it begins otherwise."""

_MARK = re.compile(r"\bsyncd:(?P<print>[0-9a-f]{16}):(?P<instance>[0-9a-f]{8})\b")
_ENDS = re.compile(_MARK.pattern + r"(?:\s|-->)*\Z")

BLOCK_BEGINS = "--- syncd ---"
BLOCK_ENDS = "--- end of syncd ---"
_BLOCK = re.compile(
    r"\s*" + re.escape(BLOCK_BEGINS) + r"(?P<inside>.*?)" + re.escape(BLOCK_ENDS), re.DOTALL
)


def mark(fingerprint: str, instance: str) -> str:
    """What tells of which alert a text is, and which syncd wrote it."""
    return f"syncd:{fingerprint}:{instance}"


def marked(text: str) -> tuple[str, str] | None:
    """(fingerprint, instance) of a whole comment of ours; None for anybody else's words.

    A person who quotes one writes something before it or after it.
    """
    if not text.lstrip().startswith(OPENING):
        return None
    found = _ENDS.search(text[-200:])
    return (found["print"], found["instance"]) if found else None


def blocks(description: str) -> dict[tuple[str, str], str]:
    """Our notes within a longer text: (fingerprint, instance) → the whole block."""
    found: dict[tuple[str, str], str] = {}
    for block in _BLOCK.finditer(description):
        inside = _MARK.search(block["inside"])
        if inside:
            found[inside["print"], inside["instance"]] = block[0]
    return found


def without_blocks(description: str) -> str:
    """What people wrote, without our notes."""
    return _BLOCK.sub("", description) if BLOCK_BEGINS in description else description
