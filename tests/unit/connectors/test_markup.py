"""Documents of Atlassian's editor are searched for references as texts are."""

import pytest

from syncd.connectors.markup import document_text
from syncd.connectors.references import LONGEST, references, waiting_for

HOSTS = ("jira.example",)


def words(text, *marks):
    return {"type": "text", "text": text, "marks": list(marks)}


def paragraph(*nodes):
    return {"type": "paragraph", "content": list(nodes)}


def document(*blocks):
    return {"type": "doc", "version": 1, "content": list(blocks)}


CARD = {"type": "inlineCard", "attrs": {"url": "https://jira.example/browse/LED-2"}}
LINK = {"type": "link", "attrs": {"href": "https://jira.example/browse/LED-3"}}


@pytest.mark.parametrize(
    ("blocks", "named", "awaited"),
    [
        ([paragraph(words("Blocked by "), words("LED-2", {"type": "strong"}))], ["LED-2"], ["LED-2"]),
        ([paragraph(words("waiting for "), CARD, words("and more"))], ["LED-2"], ["LED-2"]),
        ([paragraph(words("the ledger", LINK), words("PAY-1"))], ["LED-3", "PAY-1"], []),
        ([paragraph(words("not this"), words("LED-9", {"type": "code"}))], [], []),
        ([paragraph(words("needs LED-9", {"type": "strike"}))], [], []),
        ([{"type": "codeBlock", "content": [words("LED-4")]}, paragraph(words("LED-5"))], ["LED-5"], []),
        ([{"type": "blockquote", "content": [paragraph(words("needs LED-4"))]}], [], []),
        ([{"type": "bulletList", "content": [
            {"type": "listItem", "content": [paragraph(words("depends on LED-6"))]},
            {"type": "listItem", "content": [paragraph(words("LED-7"))]},
        ]}], ["LED-6", "LED-7"], ["LED-6"]),
        ([paragraph(words("blocked by")), paragraph(words("LED-8"))], ["LED-8"], []),
    ],
)  # fmt: skip
def test_what_a_document_names(blocks, named, awaited):
    text = document_text(document(*blocks))
    assert list(references(text, hosts=HOSTS)) == named
    assert [each.ref for each in waiting_for(text, hosts=HOSTS)] == awaited


@pytest.mark.parametrize(
    "odd",
    [
        {}, {"content": 5}, {"content": [None, 1, "x", [], {"content": {}}]}, {"type": []},
        {"type": "text", "text": 5, "marks": "x", "attrs": [1]}, {"marks": [None, {"attrs": 3}]},
    ],
)  # fmt: skip
def test_odd_nodes_are_left_out(odd):
    assert document_text(document(odd, paragraph(words("PAY-1")))).endswith("PAY-1")


def test_only_as_much_is_read_as_is_looked_at():
    many = [paragraph(words("x" * 1000)) for _ in range(10_000)]
    assert LONGEST <= len(document_text(document(*many))) < LONGEST + 2000


def test_depth_is_no_matter():
    deep = paragraph(words("PAY-1"))
    for _ in range(50_000):
        deep = {"type": "expand", "content": [deep]}
    assert references(document_text(deep)) == ("PAY-1",)
