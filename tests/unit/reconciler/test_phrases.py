"""The link types of seven public trackers, read from both ends."""

import gzip
import json
from pathlib import Path

import pytest

from syncd.reconciler.resolve.phrases import OPPOSITE, Meaning, meaning
from syncd.testing.builders import issue, link

DATA = Path(__file__).parents[3] / ".." / "shared" / "data" / "jira_fields"
NEAR, FAR = issue("PAY-1"), issue("LED-2")
ORDERED = {"Block", "Depend", "Require", "Precede", "finish-start"}
WHOLES = {"Parent-Child", "Incorporate", "Epic"}
UNTOLD = {"Follow", "Gantt Start to End", "finish-finish"}


def real_types():
    kinds = json.loads((DATA / "link_type_meaning.json").read_text())
    trackers = json.loads(gzip.decompress((DATA / "link_types.json.gz").read_bytes()))
    for types in trackers.values():
        for name, one in types.items():
            yield kinds.get(name, name), one["outward"], one["inward"]


def read(phrase, inverse):
    return meaning(link(NEAR, FAR, phrase, inverse), {})


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data/jira_fields")
def test_real_link_types_are_read_alike_from_both_ends():
    types = list(real_types())
    assert len(types) == 103
    for _, outward, inward in types:
        here, there = read(outward, inward), read(inward, outward)
        assert (here and OPPOSITE[here]) == there


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data/jira_fields")
def test_real_link_types_mean_what_their_trackers_mean():
    for kind, outward, inward in real_types():
        told = read(outward, inward)
        if outward.casefold() == inward.casefold() and kind in ORDERED | WHOLES:
            assert told is None, outward
        elif kind in ORDERED:
            assert told in (Meaning.WAITS, Meaning.GATES), outward
        elif kind in WHOLES:
            assert told in (Meaning.CHILD, Meaning.PARENT), outward
        elif kind not in UNTOLD and "WBSGantt" not in kind:
            assert told in (Meaning.NONE, Meaning.DUPLICATE, Meaning.ORIGINAL), outward


@pytest.mark.parametrize(
    ("phrase", "inverse", "expected"),
    [
        ("is part of", "incorporates", Meaning.CHILD),
        ("belongs to epic", "is the epic for", Meaning.CHILD),
        ("preceded by", "precedes", Meaning.WAITS),
        ("can't start until the linked issue is done.", "zzz", Meaning.WAITS),
        ("follows", "followed by", None),
        ("Blocked", "Blocked", None),
    ],
)
def test_wordings_met_in_the_wild(phrase, inverse, expected):
    assert read(phrase, inverse) is expected
    assert read(inverse, phrase) is (expected and OPPOSITE[expected])
