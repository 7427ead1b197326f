import time

import pytest

from syncd.connectors.references import plans, references, waiting_for


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fix PAY-142 and LED_2-7.", ("PAY-142", "LED_2-7")),
        ("PAY-142, then PAY-142 again", ("PAY-142",)),
        ("see acme/ledger#311", ("acme/ledger#311",)),
        ("see #311", ()),
        ("lower pay-142, XPAY-142x, PAY-0, a/PAY-1, v1.PAY-2", ()),
        ("{code}PAY-1{code} {quote}PAY-2{quote} `PAY-3` {{PAY-4}}\n> PAY-5\nbq. PAY-6", ()),
        ("```\nPAY-1\n``` PAY-2", ("PAY-2",)),
        ("~~~\nPAY-1\n~~~ ~~PAY-2~~ <pre>PAY-3</pre><code>PAY-4</code> PAY-5", ("PAY-5",)),
        ("<!-- such as\nPAY-1 --> <blockquote class='x'>PAY-2\n</blockquote>", ()),
        ("https://other.example/browse/PAY-1?a=b", ("https://other.example/browse/PAY-1",)),
        ("https://other.example/x?key=PAY-1", ()),
        ("https://user:pw@other.example/browse/PAY-1", ()),
        ("[PAY-9|https://jira.example/browse/PAY-9]", ("PAY-9",)),
        ("https://jira.example/browse/PAY-9.", ("PAY-9",)),
        ("https://github.example/acme/ledger/pull/5/files", ("acme/ledger#5",)),
    ],
)
def test_references(text, expected):
    assert references(text, hosts=("jira.example", "github.example")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://jira.example/projects/PAY/versions/77.", ["/projects/PAY/versions/77"]),
        ("[2.0|https://jira.example/jira/projects/PAY/versions/77/tab/x?y=z]",
         ["/jira/projects/PAY/versions/77"]),
        ("(https://jira.example/acme/ledger/milestone/3?closed=1)", ["/acme/ledger/milestone/3"]),
        ("https://jira.example/acme/ledger/milestones https://jira.example/projects/PAY", []),
        ("https://jira.example/acme/ledger/milestone/3x https://a@jira.example/a/b/milestone/3", []),
        ("> https://jira.example/acme/ledger/milestone/3", []),
    ],
)  # fmt: skip
def test_plans(text, expected):
    assert list(plans(text)) == [f"https://jira.example{path}" for path in expected]


def test_a_bare_number_belongs_to_the_repository_of_the_text():
    assert references("fixes #3", repository="acme/ledger") == ("acme/ledger#3",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Blocked by PAY-1", [("blocked by", "PAY-1")]),
        ("- [ ] depends on: [LED-2], LED-3 and acme/app#4; also LED-9",
         [("depends on", "LED-2"), ("depends on", "LED-3"), ("depends on", "acme/app#4")]),
        ("We are waiting for the ticket MOB-4.", [("waiting for", "MOB-4")]),
        ("is not blocked by PAY-1, no longer depends on PAY-2, doesn't need; never needs PAY-3", []),
        ("needs review, see PAY-1", []),
        ("PAY-1 blocks us", []),
        ("> blocked by PAY-1", []),
        ("<!-- Depends on PAY-1 -->", []),
        ("PAY-9 is blocked by PAY-1. [PAY-8] needs PAY-2", []),
        ("**Depends on:** PAY-1, __Blocked by__ **PAY-2**, Depends-On: MOB-3",
         [("depends on", "PAY-1"), ("blocked by", "PAY-2"), ("depends-on", "MOB-3")]),
        ("### Blocked by\r\n\r\n- [ ] PAY-1\r\n- [x] **PAY-2**\n\n- PAY-3",
         [("blocked by", "PAY-1"), ("blocked by", "PAY-2")]),
        ("- blocked by PAY-1\n- PAY-2", [("blocked by", "PAY-1")]),
        ("Blocked by\nsee PAY-1", []),
    ],
)  # fmt: skip
def test_waiting_for(text, expected):
    assert [(each.phrase, each.ref) for each in waiting_for(text)] == expected


@pytest.mark.parametrize(
    "bait",
    ["a" * 60_000, "<!-- " * 12_000, "<pre>" * 12_000, "~~" * 30_000, "needs\n- A-1\n" * 6_000,
     "needs" + " \n" * 30_000, "A" * 60_000, "{code:x}" * 8_000, "`" * 60_000, "blocked by " * 6_000,
     "A-1 and " * 8_000, "not " * 16_000 + "needs A-1", "/".join("a" * 30_000), "\t> " * 20_000],
)  # fmt: skip
def test_hostile_text_takes_no_time(bait):
    began = time.process_time()
    references(bait)
    waiting_for(bait)
    plans(f"https://{bait} https://a/{bait} https://a/{bait.replace(' ', '/')}")
    assert time.process_time() - began < 1
