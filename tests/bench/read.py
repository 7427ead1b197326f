"""One measured reading in a process of its own; takes and prints JSON.

read.py '{"bare": LOG, "port": PORT}'           requests and orjson over the pages of a log
read.py '{"store": FILE, "sources": [{"kind": …, "port": …, "options": {…}}], "at": …}'
                                                the real connectors, pulling and store
"""

import json
import resource
import sys
import time
from datetime import datetime
from pathlib import Path

import requests

AUTHORIZATION = {"Authorization": "Bearer simulated-token"}


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


def bare(log, port):
    import orjson

    asked = json.loads(Path(log).read_text())
    session = requests.Session()
    session.headers.update(AUTHORIZATION)

    def work():
        for method, target, body in asked:
            answer = session.request(
                method, f"http://127.0.0.1:{port}{target}", data=body or None, timeout=60
            )
            orjson.loads(answer.content)
        return {"requests": len(asked)}

    return measured(work)


def settings(kind, port, options):
    site = requests.post(f"http://127.0.0.1:{port}/bench", json={}, timeout=600).json()
    names = {"jira": "projects", "github": "repos", "google_calendar": "calendars"}
    secrets = {"google_calendar": "credentials"}
    given = {
        "url": site["url"],
        secrets.get(kind, "token"): site["credential"],
        names[kind]: site["scopes"],
    }
    if kind == "jira":
        given["user"] = "syncd@example.invalid"
    return given | options


class Quiet:
    """Progress that nobody looks at."""

    def started(self, source):
        pass

    def advanced(self, source, items, expected):
        pass

    def finished(self, source, changed, failure):
        pass


def without_waits():
    """Waits between two tries are added up in place of being waited out."""
    from syncd import retrying

    waits = []
    retrying.sleep_using_event = lambda _event: waits.append
    return waits


def syncd(store, sources, at):
    from syncd import plugins, pulling
    from syncd.store import open_store

    waited = without_waits()
    at = datetime.fromisoformat(at)
    made = []
    for source in sources:
        cls = plugins.connector_class(source["kind"])
        told = settings(source["kind"], source["port"], source.get("options", {}))
        build = lambda cls=cls, name=source["kind"], told=told: cls(  # noqa: E731
            name, cls.Settings.model_validate(told)
        )
        made.append(pulling.Source(name=source["kind"], build=build))
    held = open_store(f"sqlite:///{store}", now=at)

    def work():
        reports = pulling.pull(made, held, at, progress=Quiet())
        return {
            "items": sum(report.items for report in reports),
            "changed": sum(report.changed for report in reports),
            "failures": [str(each) for report in reports for each in report.failures],
        }

    try:
        return measured(work) | {"waited": sum(waited)}
    finally:
        held.close()


def main():
    told = json.loads(sys.argv[1])
    found = bare(told["bare"], told["port"]) if "bare" in told else syncd(**told)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
