"""A person taken out of the store, whatever names them, and not brought back by the next pull."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.interfaces import Page
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import MessageState
from syncd.model.findings import Fact
from syncd.model.history import REQUEST, SECOND
from syncd.model.items import Account, Attendee, Review
from syncd.model.links import LinkDecision
from syncd.model.snapshot import Scope
from syncd.store import SqlStore, open_store
from syncd.store.forgetting import REMOVED, Who
from syncd.store.sqlite import SqliteFile
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, change, event, issue, pull_request

ROSA = (
    Account(source="jira", id="5f-rosa", name="Rosa Osei", email="rosa.osei@example.com"),
    Account(source="github", id="r-osei", name="Rosa Osei"),
)
KIM = Account(source="jira", id="kim-1", name="Kim Oseia")
KNOWN = Who(
    person="rosei", accounts=frozenset({("github", "r-osei")}),
    emails=frozenset({"rosa.osei@example.com"}), names=frozenset({"Rosa Osei"}),
)  # fmt: skip
ITEM = replace(issue("PAY-1"), assignee="5f-rosa")
OTHER = replace(issue("PAY-2"), assignee="kim-1", title="Rosary shop")
PULL = replace(
    pull_request("acme/api#7"), author="r-osei", requested_reviewers=("r-osei", "x"),
    code_owners=("team:a r-osei", "y"), reviews=(Review(at=AS_OF, author="r-osei", verdict="approved"),),
)  # fmt: skip
EVENT = replace(
    event("Launch", "2026-12-01"), organiser="rosa.osei@example.com",
    attendees=(Attendee(account="rosa.osei@example.com", response="accepted"),),
)  # fmt: skip
PAGES = {
    "jira": Page(
        items=(ITEM, OTHER), accounts=(ROSA[0], KIM), last=True,
        changes=(
            change(ITEM, "assignee", None, "5f-rosa", AS_OF, native_id="1"),
            change(OTHER, "assignee", "5f-rosa", "kim-1", AS_OF, native_id="2"),
            change(OTHER, SECOND, "5f-rosa", None, AS_OF, native_id="5"),
            change(OTHER, "state", "To do", "Doing", AS_OF, native_id="3")._replace(actor="5f-rosa"),
        ),
    ),
    "github": Page(
        items=(PULL,), accounts=ROSA[1:], last=True,
        changes=(change(PULL, REQUEST, None, "r-osei", AS_OF, native_id="4"),),
    ),
    "calendar": Page(
        items=(EVENT,), last=True,
        accounts=(Account(source=EVENT.key.source, id="rosa.osei@example.com", name="Rosa Osei",
                          email="rosa.osei@example.com"),),
    ),
}  # fmt: skip


def pulled(store: SqlStore) -> None:
    for source, page in PAGES.items():
        store.commit(Scope(source, "all"), page, AS_OF)


@pytest.fixture
def store(tmp_path: Path):
    with closing(open_store(f"sqlite:///{tmp_path}/state/syncd.db", now=AS_OF, own=True)) as made:
        pulled(made)
        told = replace(
            finding("PAY-1"), owner="jira:5f-rosa", summary="PAY-1 is late, Rosa Osei is away.",
            facts=(Fact(text="r-osei pushed"),),
        )  # fmt: skip
        mine = alert(told, number=1)
        sent = replace(message(mine, person="kim"), state=MessageState.SENT, sent_at=AS_OF,
                       subject="Rosa Osei is away")  # fmt: skip
        made.record(run("1"), [step(mine)], [message(mine, person="rosei"), sent])
        made.keep_act(Act(kind=ActKind.SNOOZE, at=AS_OF, by="rosei", text="Ask Rosa Osei."))
        made.decide_link(
            LinkDecision(
                dependant=ITEM.key,
                prerequisite=OTHER.key,
                accepted=True,
                at=AS_OF,
                by="rosei",
                reason="",
            )
        )
        yield made


def test_all_that_is_held_is_listed(store: SqlStore) -> None:
    who = store.who("rosei", KNOWN)
    assert who.accounts == {
        ("jira", "5f-rosa"), ("github", "r-osei"), (EVENT.key.source, "rosa.osei@example.com"),
    }  # fmt: skip
    held = store.held_of(who)
    assert held.items == tuple(sorted((EVENT.ref, "PAY-1", "acme/api#7")))
    assert held.counts == {
        "items": 3, "changes": 5, "answers": 1, "links": 1, "alerts": 1, "mails": 1, "waiting": 1,
    }  # fmt: skip
    assert [one.name for one in held.accounts] == ["Rosa Osei"] * 3


@pytest.mark.parametrize("asked", ["5f-rosa", "jira:5f-rosa", "rosa.osei@example.com", "Rosa Osei"])
def test_somebody_whom_the_configuration_does_not_name_is_found(
    store: SqlStore, asked: str
) -> None:
    assert ("jira", "5f-rosa") in store.who(asked, Who()).accounts


def test_nobody_is_found_by_a_part_of_a_name(store: SqlStore) -> None:
    assert not store.who("Rosa", Who())


def everything(store: SqlStore) -> bytes:
    assert isinstance(store.database, SqliteFile)
    return b"".join(one.read_bytes() for one in store.database.path.parent.iterdir())


def test_nothing_that_names_a_forgotten_person_stays_on_the_disk(store: SqlStore) -> None:
    store.forget(store.who("rosei", KNOWN), AS_OF)
    assert not any(store.held_of(store.who("rosei", KNOWN)).counts.values())
    found = everything(store)
    for name in (b"Rosa Osei", b"5f-rosa", b"r-osei", b"rosa.osei", b"rosei@", b'"rosei"'):
        assert name not in found, name
    snapshot = store.snapshot(AS_OF)
    assert [one.assignee for one in snapshot.issues] == [REMOVED, "kim-1"]
    (pull,) = snapshot.pull_requests
    assert (pull.author, pull.code_owners) == (REMOVED, (f"team:a {REMOVED}", "y"))
    assert [one.by for one in store.acts()] == [REMOVED]
    (told,) = store.alerts()
    assert told.finding.summary == f"PAY-1 is late, {REMOVED} is away."
    assert told.finding.owner == f"jira:{REMOVED}"
    assert told.fingerprint == alert(finding("PAY-1"), number=1).fingerprint
    assert [one.person for one in store.messages()] == ["kim"]


def test_others_keep_their_names(store: SqlStore) -> None:
    store.forget(store.who("rosei", KNOWN), AS_OF)
    assert [one.name for one in store.accounts()] == ["Kim Oseia"]
    assert store.snapshot(AS_OF).issues[1].title == "Rosary shop"


def test_the_next_pull_brings_nobody_back_and_finds_nothing_changed(store: SqlStore) -> None:
    store.forget(store.who("rosei", KNOWN), AS_OF)
    before = store.snapshot(AS_OF)
    pulled(store)
    again = store.snapshot(AS_OF)
    assert (again.issues, again.pull_requests, again.events) == (
        before.issues, before.pull_requests, before.events,
    )  # fmt: skip
    assert again.changes == before.changes
    assert [one.name for one in store.accounts()] == ["Kim Oseia"]
    assert b"5f-rosa" not in everything(store)


def test_an_address_is_the_same_in_capitals(store: SqlStore) -> None:
    loud = Who(person="rosei", emails=frozenset({"Rosa.Osei@Example.com"}))
    assert ("jira", "5f-rosa") in store.who("rosei", loud).accounts
    assert ("jira", "5f-rosa") in store.who("ROSA.OSEI@example.com", Who()).accounts


def test_a_new_account_under_the_same_address_is_not_named_either(store: SqlStore) -> None:
    store.forget(store.who("rosei", KNOWN), AS_OF)
    new = Account(source="jira", id="6a", name="Rosa Osei", email="Rosa.Osei@example.com")
    item = replace(issue("PAY-3"), assignee="6a")
    store.commit(Scope("jira", "all"), Page(items=(item,), accounts=(new,), last=True), AS_OF)
    store.commit(
        Scope("jira", "all"),
        Page(items=(replace(item, ref="PAY-4", key=issue("PAY-4").key),), last=True),
        AS_OF,
    )
    found = {one.ref: one.assignee for one in store.snapshot(AS_OF).issues}
    assert (found["PAY-3"], found["PAY-4"]) == (REMOVED, REMOVED)
    assert "Rosa Osei" not in {one.name for one in store.accounts()}
