"""Where everything is kept that a finding names: its subject, what it pushes, refs in its words."""

from dataclasses import replace

from syncd.model.findings import Alone, Fact, Push
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


def test_what_is_said_of_the_subject_alone_is_kept_only_where_it_names_nothing_else() -> None:
    own = Alone(summary="Capture (PAY-1) moved.", plain="", act="", facts=(Fact(text="PAY-1"),))
    assert placed(alone=own, scopes=frozenset()).alone == own
    assert placed(alone=replace(own, act="Ask about SEC-3."), scopes=frozenset()).alone is None
    assert placed(alone=replace(own, facts=(Fact(text="LED-2"),)), scopes=frozenset()).alone is None
    calendar = Scope("calendar", "plan@calendar.test")
    assert placed(alone=own, scopes=frozenset({calendar})).alone is None, "an event may be named"
