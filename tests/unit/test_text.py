"""Text that other people wrote, made harmless (reliability.md mechanism 14, faults H1 to H10)."""

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.text import MARKS, as_json, clean_text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("Ledger API v2", "Ledger API v2"),
        ("  two \t lines\r\nand\x0ba third\u2028end\x85 ", "two lines and a third end"),
        ("=?utf-8?q?Hi=0ABcc=3A_x?=", "= ?utf-8?q?Hi=0ABcc=3A_x?="),
        ("=\u200b?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.test\x07link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bPsecret\x1b\\rest", "rest"),
        ("\u202edrow\u202c \u2066x\u2069", "drow x"),
        ("a\ud800b\udfffc", "a b c"),
        ("nul\0bel\x07", "nul bel"),
        ("soft\u00adhyphen \ufeffbom", "softhyphen bom"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * MARKS),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👨\u200d👩\u200d👧 🇩🇪 日本語", "👨\u200d👩\u200d👧 🇩🇪 日本語"),
        ("{{7*7}} %s {0}", "{{7*7}} %s {0}"),
        ("", ""),
        ("\n", ""),
    ],
)
def test_cleaning(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("abcde fgh", 7, "abcde…"),
        ("👩\u200d🚀" * 3, 3, "👩\u200d🚀" * 3),
        ("👩\u200d🚀" * 4, 3, "👩\u200d🚀" * 2 + "…"),
        ("e\u0301" * 4, 3, "e\u0301" * 2 + "…"),
        ("🇩🇪🇫🇷🇬🇧", 2, "🇩🇪…"),
        ("👍🏽👍🏽👍🏽", 2, "👍🏽…"),
    ],
)
def test_a_cut_never_breaks_what_people_see_as_one_character(
    text: str, limit: int, cut: str
) -> None:
    assert clean_text(text, limit) == cut


def test_joiners_cannot_chain_a_long_text_into_one_character() -> None:
    assert len(clean_text("a\u200d" * 9000, 30)) <= 30 * 16


def test_a_huge_text_is_cut_quickly() -> None:
    assert len(clean_text("ü" * 10_000_000)) == 300


PIECES = st.sampled_from(
    ["=?", "=", "?", "\n", "\r", "\x1b[", "\x1b]", "\x1b", "\u202e", "\u200b", "\u0301", "\u200d",
     "\ud800", "\0", "\u2028", "a", " ", "👩", "🇩", "utf-8?q?", "\x9b", "m", "\x07", "…"]
)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(st.lists(PIECES | st.characters(), max_size=60).map("".join), st.integers(1, 40))
def test_any_text_becomes_one_harmless_line(text: str, limit: int) -> None:
    clean = clean_text(text, limit)
    assert "=?" not in clean
    bad = {"Cc", "Cs", "Cn", "Zl", "Zp"}
    assert not [c for c in clean if unicodedata.category(c) in bad or c in "\u202e\u200b\u2066"]
    assert clean == " ".join(clean.split())
    assert clean_text(clean, limit) == clean
    assert len(clean) <= 16 * limit
    clean.encode()


def test_json_holds_nothing_that_a_terminal_obeys_and_loses_nothing() -> None:
    title = "C1 \x9b31m NEL \x85 LS \u2028 bidi \u202e\u2066 BOM \ufeff ESC \x1b é 🚀"
    text = as_json({"title": title})
    assert json.loads(text) == {"title": title}
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u202e\u2066\ufeff]", text)
    assert "é 🚀" in text


def test_half_a_surrogate_pair_is_no_text() -> None:
    assert json.loads(as_json(["\ud83d lone"]).encode()) == ["\ufffd lone"]
