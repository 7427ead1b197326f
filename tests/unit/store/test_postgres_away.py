"""A server that restarts, and connections that die in a COMMIT: nothing twice, nothing lost (S-9)."""

import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest
from proxy import Proxy
from servers import Server, server

from syncd.errors import StoreAway
from syncd.interfaces import Page
from syncd.model.alerts import MessageState
from syncd.store import open_store
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, issue
from syncd.testing.store_contract import PAY

TOLD = alert(finding("PAY-1"), number=1)


@pytest.fixture(scope="module")
def running() -> Server:
    return server("wheel")


@pytest.fixture
def database(running: Server) -> str:
    return running.database()


@pytest.mark.parametrize("cut", ["reply", "request"])
def test_a_pass_whose_commit_was_not_answered_is_recorded_once(
    running: Server, database: str, cut: str
) -> None:
    with Proxy(running.port) as proxy:
        url = running.url(database).replace(str(running.port), str(proxy.port))
        with closing(open_store(url, now=AS_OF, own=True)) as store:
            proxy.cut = cut
            store.record(run("r1"), [step(TOLD)], [message(TOLD)])
            assert proxy.cuts == 1
            assert [one.id for one in store.runs(9)] == ["r1"]
            assert len(store.history(TOLD.fingerprint)) == 1
            assert len(store.messages(MessageState.WAITING)) == 1


@pytest.mark.parametrize("cut", ["reply", "request"])
def test_a_mail_whose_outcome_was_not_answered_is_settled(
    running: Server, database: str, cut: str
) -> None:
    with Proxy(running.port) as proxy:
        url = running.url(database).replace(str(running.port), str(proxy.port))
        with closing(open_store(url, now=AS_OF, own=True)) as store:
            store.record(run("r1"), [step(TOLD)], [message(TOLD)])
            proxy.cut = cut
            store.settle(replace(message(TOLD), state=MessageState.SENT, sent_at=AS_OF))
            assert proxy.cuts == 1
            assert store.due(AS_OF) == ()


def test_a_page_whose_commit_was_not_answered_is_not_written_twice(
    running: Server, database: str
) -> None:
    """Its pull ends, and goes on from where it was: a last page, repeated, would begin a new one."""
    with Proxy(running.port) as proxy:
        url = running.url(database).replace(str(running.port), str(proxy.port))
        with closing(open_store(url, now=AS_OF, own=True)) as store:
            store.commit(PAY, Page(items=(issue("PAY-1"),)), AS_OF)
            proxy.cut = "reply"
            page = Page(items=(issue("PAY-2"),), last=True, listing=True, cursor="c")
            with pytest.raises(StoreAway, match="cannot be reached") as refusal:
                store.commit(PAY, page, AS_OF)
            assert refusal.value.exit_code == 7
            assert store.cursor(PAY) == "c"
            (fresh,) = store.freshness()
            assert (fresh.items, fresh.missing_since) == (2, None)


def test_a_server_that_restarts_is_waited_for_by_what_must_not_be_lost(
    running: Server, database: str
) -> None:
    with closing(open_store(running.url(database), now=AS_OF, own=True)) as store:
        store.record(run("r0"), [], [])
        running.kill()
        with pytest.raises(StoreAway, match="cannot be reached"):
            store.freshness()

        writer = threading.Thread(
            target=store.record, args=(run("r1"), [step(TOLD)], [message(TOLD)])
        )
        writer.start()
        time.sleep(0.5)
        running.start()
        writer.join()
        store.commit(PAY, Page(items=(issue("PAY-1"),), last=True), AS_OF)
        assert [one.id for one in store.runs(9)] == ["r1", "r0"]
        assert len(store.messages()) == 1
