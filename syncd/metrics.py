"""`/metrics`: the state of the service as Prometheus reads it. No key, title or person in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from syncd.interfaces import Store
from syncd.model.alerts import AlertState, MessageState
from syncd.model.snapshot import Freshness
from syncd.selfcheck import Part
from syncd.settings import Settings
from syncd.tally import ANSWERS, MAILS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPEN = (AlertState.PENDING, AlertState.FIRING, AlertState.FROZEN)

Samples = Iterable[tuple[Mapping[str, str], float]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A name, its kind (`gauge` or `counter`) and what it means."""

    name: str
    kind: str
    words: str


LAG = Metric("syncd_source_lag_seconds", "gauge", "Age of the last complete reading of a source.")
SUCCESS = Metric("syncd_source_last_success_timestamp_seconds", "gauge",
                 "When the part of a source that waits longest was read completely.")  # fmt: skip
FAILING = Metric("syncd_source_failing", "gauge",
                 "1 while a part of a source cannot be read.")  # fmt: skip
STALE = Metric("syncd_source_stale", "gauge",
               "1 while a part of it fails or was not read for three intervals.")  # fmt: skip
REQUESTS = Metric("syncd_source_requests_total", "counter",
                  "Requests since the start, by HTTP status; none = no answer came.")  # fmt: skip
BUDGET = Metric("syncd_source_rate_limit_remaining", "gauge",
                "Requests that the provider still allows.")  # fmt: skip
FINDINGS = Metric("syncd_findings", "gauge", "Alerts that are not over.")
DURATION = Metric("syncd_run_duration_seconds", "gauge", "How long the last whole cycle took.")
LAST_RUN = Metric("syncd_last_run_timestamp_seconds", "gauge", "When the last whole cycle ended.")
MAIL = Metric("syncd_mail_total", "counter",
              "Tries to deliver since the start; failed ones are tried again.")  # fmt: skip
JOBS = Metric("syncd_jobs", "gauge", "Sources by what they wait for, and messages by state.")
UNWELL = Metric("syncd_self_check_failing", "gauge",
                "1 while the service finds itself unwell: no cycle, mail or backup.")  # fmt: skip
BUILD = Metric("syncd_build_info", "gauge", "Always 1; the version is in its label.")

METRICS = (
    LAG, SUCCESS, FAILING, STALE, REQUESTS, BUDGET, FINDINGS, DURATION, LAST_RUN, MAIL, JOBS,
    UNWELL, BUILD,
)  # fmt: skip
NAMES = frozenset(metric.name for metric in METRICS)


def exposition(store: Store, settings: Settings, now: datetime, unwell: Collection[Part]) -> str:
    """All metrics in the text format 0.0.4; `unwell`: what the service finds wrong of itself."""
    freshness, last = store.freshness(), next(iter(store.runs(1)), None)
    parts = {name: [one for one in freshness if one.scope.source == name]
             for name in sorted(settings.sources)}  # fmt: skip
    read = {name: at for name, some in parts.items() if (at := read_at(some)) is not None}
    found: list[tuple[Metric, Samples]] = [
        (LAG, [({"source": name}, (now - at).total_seconds()) for name, at in read.items()]),
        (SUCCESS, [({"source": name}, at.timestamp()) for name, at in read.items()]),
        (FAILING, [({"source": name}, float(any(one.failing_since for one in some)))
                   for name, some in parts.items()]),
        (STALE, [({"source": name}, float(is_stale(some, now, settings.interval(name, now))))
                 for name, some in parts.items()]),
        (REQUESTS, _pairs(ANSWERS.counts(), "source", "status")),
        (BUDGET, [({"source": name}, one.remaining)
                  for name, (one, _) in sorted(store.budgets().items())]),
        (FINDINGS, _findings(store)),
        (DURATION, [({}, (last.ended_at - last.started_at).total_seconds())] if last else []),
        (LAST_RUN, [({}, last.ended_at.timestamp())] if last else []),
        (MAIL, _pairs(_mails(), "kind", "result")),
        (JOBS, [({"state": state}, many) for state, many in _jobs(store, settings, now).items()]),
        (UNWELL, [({"part": part.value}, float(part in unwell)) for part in Part]),
        (BUILD, [({"version": version("syncd")}, 1)]),
    ]  # fmt: skip
    return "".join(line for metric, samples in found for line in _lines(metric, samples))


def read_at(parts: Iterable[Freshness]) -> datetime | None:
    """When the part of a source that waits longest was read to its end; None where none ever was.

    A part that was never read, such as a misspelt project, hides the others not: it is failing.
    """
    return min((one.succeeded_at for one in parts if one.succeeded_at), default=None)


def is_stale(parts: Collection[Freshness], now: datetime, interval: timedelta) -> bool:
    """Whether what a source says is not believed: a part of it is stale, or there is none."""
    return not parts or any(one.is_stale(now, interval) for one in parts)


def _findings(store: Store) -> Samples:
    many = Counter(
        (one.finding.rule, str(one.finding.severity), str(one.state)) for one in store.alerts(*OPEN)
    )
    for (rule, severity, state), number in sorted(many.items()):
        yield {"rule": rule, "severity": severity, "state": state}, number


def _mails() -> dict[tuple[str, str], int]:
    """Each kind with all results from its first try on: what is absent, no alert can compare."""
    counts = MAILS.counts()
    kinds = {kind for kind, _ in counts} | {"service"}
    return {(kind, result): counts.get((kind, result), 0)
            for kind in kinds for result in ("failed", "refused", "sent")}  # fmt: skip


def _jobs(store: Store, settings: Settings, now: datetime) -> dict[str, int]:
    names: dict[str, set[str]] = {"failing": set(), "waiting": set()}
    for one in store.freshness():
        if one.scope.source in settings.sources:
            if one.failing_since:
                names["failing"].add(one.scope.source)
            if one.retry_at and one.retry_at > now:
                names["waiting"].add(one.scope.source)
    return {f"source_{state}": len(found) for state, found in names.items()} | {
        f"mail_{state}": len(store.messages(state))
        for state in (MessageState.WAITING, MessageState.DEAD)
    }


def _pairs(counts: Mapping[tuple[str, str], int], first: str, second: str) -> Samples:
    for pair, number in sorted(counts.items()):
        yield dict(zip((first, second), pair, strict=True)), number


def _lines(metric: Metric, samples: Samples) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.words}\n# TYPE {metric.name} {metric.kind}\n"
    for labels, value in samples:
        told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{metric.name}{{{told}}} {value!r}\n" if told else f"{metric.name} {value!r}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
