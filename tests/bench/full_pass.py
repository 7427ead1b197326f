"""One measured pass in a process of its own; takes and prints JSON.

full_pass.py '{"store": FILE, "items": N}'                 snapshot, all rules and hash
full_pass.py '{"store": FILE, "items": N, "bare": true}'   a loop by sqlite3 over the same rows
"""

import json
import sqlite3
import sys
import time

from company import AS_OF, organisation
from read import measured

TABLES = ("items", "issues", "milestones", "claims", "changes", "links", "accounts")


def bare(file):
    found = 0
    connection = sqlite3.connect(file)
    for table in TABLES:
        for _ in connection.execute(f"SELECT * FROM {table}"):
            found += 1
    return {"rows": found}


def whole(file, items):
    from syncd.passes import uncollected
    from syncd.reconciler.canonical import snapshot_hash
    from syncd.reconciler.engine import foreseen, judge
    from syncd.reconciler.forecast.forecasts import Forecasts
    from syncd.reconciler.view import View
    from syncd.store import open_store

    took, store = {}, open_store(f"sqlite:///{file}", now=AS_OF, read_only=True)

    def timed(name, work):
        start = time.process_time()
        found = work()
        took[name] = time.process_time() - start
        return found

    with uncollected():
        held = timed("read", lambda: store.snapshot(AS_OF))
        view = timed("join", lambda: View(held, organisation(items), estimates=foreseen))
        made = timed("forecasts", lambda: list(map(view.once(Forecasts).of, view.deliverables)))
        plan = timed("dates", lambda: view.plan)
        told = timed("rules", lambda: judge(view))
        timed("hash", lambda: snapshot_hash(held))
    return {"took": took, "findings": len(told.findings), "failures": len(told.failures),
            "forecasts": len(made), "nodes": len(plan.nodes)}  # fmt: skip


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    if asked.get("bare"):
        print(json.dumps(measured(lambda: bare(asked["store"]))))
    else:
        print(json.dumps(measured(lambda: whole(asked["store"], asked["items"]))))
