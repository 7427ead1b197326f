"""A store that moves to another database arrives whole, or not at all."""

import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest
from disks import a_disk_that_takes
from servers import server, store_url

from syncd.errors import StoreError, StoreLocked, StoreMoved
from syncd.interfaces import Page
from syncd.model.acts import Act, ActKind
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.store.moving import move
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, change, event, issue, link, pull_request, sprint
from syncd.testing.store_contract import PAY

OTHER = Scope("github", "acme/api")
ACT = Act(kind=ActKind.BASELINE, at=AS_OF, by="dana", name="plan")


def fill(url: str) -> None:
    many = [issue(f"PAY-{n}", due="2026-12-03", flagged=n % 2 == 0) for n in range(300)]
    told = alert(finding("PAY-1"), number=41)
    with closing(open_store(url, now=AS_OF, own=True)) as store:
        store.commit(
            PAY,
            Page(
                items=(*many, sprint("Sprint 41", end="2026-12-04"), event("Freeze", "2026-12-01")),
                changes=tuple(change(one, "title", None, "x\0y", AS_OF) for one in many),
                links=tuple(link(one, "X-1", outward=True) for one in many),
                last=True, listing=True, cursor="c",
            ),
            AS_OF,
        )  # fmt: skip
        store.commit(OTHER, Page(items=(pull_request(),), last=True), AS_OF)
        store.record(run("r1"), [step(told)], [message(told), message(told, person="kim")])
        store.keep_act(ACT)
        store.fail(OTHER, AS_OF, "no answer", None)


def content(url: str) -> tuple[object, ...]:
    with closing(open_store(url, now=AS_OF, read_only=True)) as store:
        return (
            store.snapshot(AS_OF), store.alerts(), store.messages(), store.acts(), store.runs(9),
            store.freshness(), store.cursor(PAY), store.instance(), store.budgets(),
            store.history(store.alerts()[0].fingerprint),
        )  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> str:
    url = store_url("sqlite", tmp_path)
    fill(url)
    return url


def test_a_store_arrives_as_it_was_and_goes_on(source: str, tmp_path: Path) -> None:
    target, heard = store_url("wheel", tmp_path), []
    rows = move(source, target, AS_OF, on_table=lambda name, count: heard.append((name, count)))
    assert heard == list(rows.items())
    assert (rows["issues"], rows["outbox"], rows["changes"]) == (300, 2, 300)
    then = content(source)
    assert repr(content(target)) == repr(then).replace("x\\x00y", "x\ufffdy")
    told = alert(finding("PAY-2"), number=42)
    with closing(open_store(target, now=AS_OF, own=True)) as store:
        store.record(run("r2"), [step(told)], [message(told)])
        store.commit(PAY, Page(items=(issue("PAY-1000"),), last=True), AS_OF)
        store.keep_act(ACT)
        assert [len(store.messages()), len(store.acts()), len(store.runs(9))] == [3, 2, 2]
    assert content(source) == then


def test_the_one_that_was_left_is_used_only_if_somebody_says_so(
    source: str, tmp_path: Path
) -> None:
    target = f"sqlite:///{tmp_path}/new.db"
    move(source, target, AS_OF)
    with pytest.raises(StoreMoved, match=f"moved to {tmp_path}/new.db on ") as caught:
        open_store(source, now=AS_OF, own=True)
    assert "syncd store adopt" in caught.value.hint
    for url, adopt in ((target, False), (source, True), (source, False)):
        open_store(url, now=AS_OF, own=True, adopt=adopt).close()


def test_it_comes_back_the_same(source: str, tmp_path: Path) -> None:
    target, back = store_url("wheel", tmp_path), f"sqlite:///{tmp_path}/back/syncd.db"
    move(source, target, AS_OF)
    move(target, back, AS_OF)
    assert content(back) == content(target)


def test_one_on_a_server_that_was_left_is_used_only_if_somebody_says_so(
    source: str, tmp_path: Path
) -> None:
    left, target = store_url("wheel", tmp_path), f"sqlite:///{tmp_path}/new/syncd.db"
    move(source, left, AS_OF)
    open_store(left, now=AS_OF, own=True, part="a worker").close()
    move(left, target, AS_OF)
    for part in ("", "a worker"):
        with pytest.raises(StoreMoved, match=f"moved to {tmp_path}/new/syncd.db on ") as caught:
            open_store(left, now=AS_OF, own=True, part=part)
        assert "syncd store adopt" in caught.value.hint
    assert content(left) == content(target)
    for url, adopt in ((target, False), (left, True), (left, False)):
        open_store(url, now=AS_OF, own=True, adopt=adopt).close()


def test_a_target_that_holds_something_is_refused(source: str, tmp_path: Path) -> None:
    target = store_url("wheel", tmp_path)
    with closing(open_store(target, now=AS_OF)) as store:
        store.fail(PAY, AS_OF, "x", None)
    with pytest.raises(StoreError, match="not empty: 1 rows in scopes"):
        move(source, target, AS_OF)
    with closing(open_store(target, now=AS_OF, read_only=True)) as store:
        assert store.freshness()[0].error == "x"
        assert store.snapshot(AS_OF).issues == ()


@pytest.mark.parametrize("takes", [100_000, 250_000])
def test_on_a_full_disk_nothing_is_left_of_the_target(
    source: str, tmp_path: Path, takes: int
) -> None:
    """Neither where there is no room for an empty one, nor where there is none for the rows."""
    path, before = tmp_path / "there" / "other.db", content(source)
    with a_disk_that_takes(takes), pytest.raises(StoreError, match=r"there/other\.db"):
        move(source, f"sqlite:///{path}", AS_OF)
    assert {one.name for one in path.parent.iterdir()} <= {path.name, "other.db.lock"}
    assert content(source) == before
    move(source, f"sqlite:///{path}", AS_OF)


def test_a_store_in_use_is_not_moved(source: str, tmp_path: Path) -> None:
    target = store_url("wheel", tmp_path)
    with closing(open_store(source, now=AS_OF, own=True)), pytest.raises(StoreLocked):
        move(source, target, AS_OF)
    with closing(open_store(target, now=AS_OF, own=True)), pytest.raises(StoreLocked):
        move(source, target, AS_OF)


def test_a_kill_on_the_way_leaves_the_target_empty(source: str, tmp_path: Path) -> None:
    script = """
        import os, sys
        from syncd.store.moving import move
        from syncd.testing.builders import AS_OF
        move(sys.argv[1], sys.argv[2], AS_OF,
             on_table=lambda name, _: name == "changes" and os.kill(os.getpid(), 9))
    """
    target = store_url("wheel", tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), source, target], check=False
    )
    assert done.returncode == -9
    name = target.rpartition("/")[2]
    assert server("wheel").sql("SELECT count(*) FROM items", name) == [(0,)]
    assert move(source, target, AS_OF)["items"] == 303
