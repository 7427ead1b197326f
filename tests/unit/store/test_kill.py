"""Killed in the middle of a write, again and again: the next start finds the store whole (S1)."""

import random
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest
from servers import store_url

from syncd.interfaces import Page
from syncd.model.alerts import MessageState
from syncd.store import open_store
from syncd.testing.builders import AS_OF
from syncd.testing.store_contract import PAY

WRITER = """
    import sys
    from syncd.interfaces import Page
    from syncd.store import open_store
    from syncd.testing.alert_store_contract import message, run, step
    from syncd.testing.alerts import alert, finding
    from syncd.testing.builders import AS_OF, change, issue, link
    from syncd.testing.store_contract import PAY

    store = open_store(sys.argv[1], now=AS_OF, own=True)
    number = int(store.cursor(PAY) or 0)
    while True:
        number += 1
        mine = [issue(f"PAY-{n}", title=str(number), updated_at=AS_OF, due="2026-12-03")
                for n in range(30)]
        first, second = mine[:15], mine[15:]
        told = [change(one, "title", None, str(number), AS_OF, native_id=str(number))
                for one in mine]
        store.commit(PAY, Page(items=tuple(first), changes=tuple(told[:15]),
                               links=tuple(link(one, "X-1") for one in first)), AS_OF)
        store.commit(PAY, Page(items=tuple(second), changes=tuple(told[15:]), last=True,
                               listing=True, cursor=str(number)), AS_OF)
        made = alert(finding(f"PAY-{number}"), number=number)
        store.record(run(str(number)), [step(made)], [message(made), message(made, person="kim")])
        print(number, flush=True)
"""


def write_until_killed(url: str, seconds: float) -> int:
    """The last cycle that the writer reported as done before it was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), url], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        done = int(process.stdout.readline())
        time.sleep(seconds)
        process.kill()
        return int(([str(done), *process.stdout.read().split()])[-1])


@pytest.mark.parametrize("kind", ["sqlite", "wheel"])
def test_sigkill_at_any_moment_loses_nothing_that_was_reported(kind: str, tmp_path: Path) -> None:
    url = store_url(kind, tmp_path)
    moments = random.Random(7)
    for _ in range(5):
        done = write_until_killed(url, moments.uniform(0, 0.12))
        with closing(open_store(url, now=AS_OF, own=True)) as store:
            store.check()
            cursor = int(store.cursor(PAY) or 0)
            assert done <= cursor <= done + 1
            found = store.snapshot(AS_OF)
            titles = {int(one.title) for one in found.issues[15:]}
            assert len(found.issues) == 30
            assert titles <= {cursor, cursor + 1}
            assert len(found.links) == 15
            told = {(one.item, one.new) for one in found.changes if one.native_id.isdigit()}
            assert {(one.key, one.title) for one in found.issues} <= told
            runs = [int(one.id) for one in store.runs(1000)]
            assert runs[0] in (cursor, cursor - 1)
            assert done in runs
            alerts = {one.fingerprint for one in store.alerts()}
            assert len(alerts) == len(runs)
            queued = [one.alerts[0][0] for one in store.messages(MessageState.WAITING)]
            assert sorted(queued) == sorted([*alerts, *alerts])
            assert all(len(store.history(one)) == 1 for one in list(alerts)[:5])
            assert store.commit(PAY, Page(last=True, cursor=str(cursor)), AS_OF).items == 0


def test_a_kill_while_the_store_is_made_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state/syncd.db"
    script = """
        import os, sys, threading, time
        from datetime import UTC, datetime
        import syncd.store.upgrade
        from syncd.store import open_store
        threading.Timer(float(sys.argv[2]), os.kill, (os.getpid(), 9)).start()
        open_store(sys.argv[1], now=datetime(2026, 11, 23, tzinfo=UTC), own=True)
        print("made", flush=True)
        time.sleep(9)
    """
    for delay in (0.005, 0.02, 0.04, 0.08):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), url, str(delay)],
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == -9
    with closing(open_store(url, now=AS_OF, own=True)) as store:
        store.check()
        assert store.freshness() == ()
