"""Where everything is kept that a finding names: its subject, what it pushes, refs in its words."""

from syncd.model.findings import Fact, Push
from syncd.model.snapshot import Scope
from syncd.reconciler.naming import with_places
from syncd.reconciler.view import View
from syncd.testing.alerts import finding
from syncd.testing.builders import config, event, issue, snapshot

PAY, LED, SEC = (Scope("jira", name) for name in ("PAY", "LED", "SEC"))


def placed(**fields):
    items = [issue(ref) for ref in ("PAY-1", "LED-2", "SEC-3")]
    view = View(snapshot(*items, event("Go / no-go", "2026-12-01")), config(), assume_fresh=True)
    return with_places(view, finding("PAY-1", subject=str(items[0].key), **fields))


def test_the_subject_is_at_home_and_named() -> None:
    found = placed(summary="It is late.", plain="", act="", facts=(), scopes=frozenset())
    assert (found.home, found.named) == ((PAY,), (PAY,))


def test_whatever_a_sentence_names_counts() -> None:
    for words in ({"summary": "It waits for SEC-3."}, {"act": "Ask about SEC-3, today."},
                  {"plain": "(SEC-3)"}, {"facts": (Fact(text="SEC-3: open"),)}):  # fmt: skip
        assert placed(**words).named == (PAY, SEC)


def test_what_is_pushed_has_its_place() -> None:
    found = placed(pushes=(Push(ref="LED-2", title="x"), Push(ref="gone-9", title="y")))
    assert [one.home for one in found.pushes] == [(LED,), ()]
    assert found.named == (LED, PAY)
