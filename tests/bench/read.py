"""One measured reading in a process of its own; prints its figures as JSON.

read.py syncd PORT KIND STORE [OPTION=VALUE …]     the real connector, pulling and store
read.py bare PORT LOG                              requests and orjson over the same pages
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import requests

AT = datetime(2026, 11, 20, 13, tzinfo=UTC)


def told(port, **setting):
    return requests.post(f"http://127.0.0.1:{port}/bench", json=setting, timeout=600).json()


def peak():
    """Peak memory of this process in MiB; unlike ru_maxrss not that of the one that started it."""
    _, _, told = Path("/proc/self/status").read_text().partition("VmHWM:")
    return int(told.split()[0]) / 1024


def measured(work):
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    found = work()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": cpu, "wall": wall, "peak": peak(), **found}


def bare(port, log):
    import orjson

    asked = json.loads(Path(log).read_text())
    session = requests.Session()
    session.headers["Authorization"] = "Bearer simulated-token"

    def work():
        size = 0
        for method, target, body in asked:
            answer = session.request(method, f"http://127.0.0.1:{port}{target}", data=body or None,
                                     timeout=60)  # fmt: skip
            orjson.loads(answer.content)
            size += len(answer.content)
        return {"bytes": size}

    return measured(work)


def settings(port, kind, options):
    site = told(port)
    scopes = site["scopes"][: int(options.pop("scopes", 10**6))]
    if kind == "jira":
        return {"url": site["url"], "user": "syncd@example.invalid", "token": site["credential"],
                "projects": scopes, "deployment": "cloud"} | options  # fmt: skip
    if kind == "github":
        return {"url": site["url"], "token": site["credential"], "repos": scopes} | options
    return {"url": site["url"], "credentials": site["credential"], "calendars": scopes} | options


class Quiet:
    def started(self, source):
        pass

    def advanced(self, source, items, expected):
        pass

    def finished(self, source, changed, failure):
        pass


def without_waits():
    """Waits between two tries are noted in place of being waited out."""
    from syncd import retrying

    waits = []
    retrying.sleep_using_event = lambda event: waits.append
    retrying.nap = waits.append
    return waits


def syncd(port, kind, store, options):
    from syncd import plugins, pulling
    from syncd.store.store import open_store

    at = datetime.fromisoformat(options.pop("at", AT.isoformat()))
    full = bool(options.pop("full", ""))
    waits = without_waits()
    cls = plugins.connector_class(kind)
    configured = cls.Settings.model_validate(settings(port, kind, options))
    held = open_store(f"sqlite:///{store}", now=at)
    source = pulling.Source(name=kind, build=lambda: cls(kind, configured))

    def work():
        (report,) = pulling.pull([source], held, at, progress=Quiet(), full=full)
        failures = [str(each) for each in report.failures]
        return {"items": report.items, "changed": report.changed, "failures": failures}

    try:
        return measured(work) | {"waited": sum(waits)}
    finally:
        held.close()


def main():
    what, *words = sys.argv[1:]
    if what == "bare":
        found = bare(*words)
    else:
        port, kind, store, *options = words
        found = syncd(port, kind, store, dict(each.split("=", 1) for each in options))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
