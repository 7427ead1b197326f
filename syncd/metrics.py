"""`/metrics`: the state of the service as Prometheus reads it. No key, title or person in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
                 "When all parts of a source had been read completely.")  # fmt: skip
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
                "1 while the service finds itself unwell: no whole cycle, or no mail.")  # fmt: skip
BUILD = Metric("syncd_build_info", "gauge", "Always 1; the version is in its label.")

METRICS = (
    LAG, SUCCESS, REQUESTS, BUDGET, FINDINGS, DURATION, LAST_RUN, MAIL, JOBS, UNWELL, BUILD,
)  # fmt: skip
NAMES = frozenset(metric.name for metric in METRICS)


def exposition(store: Store, settings: Settings, now: datetime, unwell: Collection[Part]) -> str:
    """All metrics in the text format 0.0.4; `unwell`: what the service finds wrong of itself."""
    freshness, last = store.freshness(), next(iter(store.runs(1)), None)
    successes = {name: whole(name, freshness) for name in sorted(settings.sources)}
    read = {name: at for name, at in successes.items() if at is not None}
    found: list[tuple[Metric, Samples]] = [
        (LAG, [({"source": name}, (now - at).total_seconds()) for name, at in read.items()]),
        (SUCCESS, [({"source": name}, at.timestamp()) for name, at in read.items()]),
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


def whole(source: str, freshness: Sequence[Freshness]) -> datetime | None:
    """Since when all scopes of a source are known; None while one was never read."""
    times = [one.succeeded_at for one in freshness if one.scope.source == source]
    known = [at for at in times if at is not None]
    return min(known) if known and len(known) == len(times) else None


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
