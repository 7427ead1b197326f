"""Alerts, the transitions that made them, and the runs in which those were recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from syncd.model.alerts import Alert, AlertState, Reason, Transition
from syncd.model.runs import Declared, RuleRun, RunRecord
from syncd.store.batch import chunks, put
from syncd.store.columns import from_micros, to_json, to_micros
from syncd.store.documents import alert_of, alert_text
from syncd.store.schema import alerts, runs, transitions

MICROSECONDS = 1_000_000
"""Of a second."""


def read(conn: Connection, states: Sequence[AlertState]) -> tuple[Alert, ...]:
    """Alerts in the given states (all without), by number."""
    query = select(alerts.c.document).order_by(alerts.c.number)
    if states:
        query = query.where(alerts.c.state.in_([str(state) for state in states]))
    return tuple(alert_of(text) for text in conn.execute(query).scalars())


def next_number(conn: Connection) -> int:
    """One more than the highest ever given."""
    return (conn.execute(select(func.max(alerts.c.number))).scalar() or 0) + 1


def history(conn: Connection, fingerprints: Sequence[str]) -> tuple[Transition, ...]:
    """All transitions of these alerts, those of each oldest first."""
    query = select(transitions).order_by(transitions.c.id)
    return tuple(
        Transition(
            alert=alert_of(row.document),
            before=None if row.before is None else AlertState(row.before),
            reason=Reason(row.reason),
            at=from_micros(row.at),
            told=row.told,
        )
        for some in chunks(fingerprints)
        for row in conn.execute(query.where(transitions.c.fingerprint.in_(some)))
    )


def advance(conn: Connection, run: str, taken: Sequence[Transition]) -> None:
    """Store each transition, and its alert as it stands after the last of them."""
    texts = [alert_text(one.alert) for one in taken]
    put(
        conn,
        transitions,
        ("fingerprint", "run", "at", "before", "reason", "told", "document"),
        [
            (one.alert.fingerprint, run, to_micros(one.at),
             None if one.before is None else str(one.before), str(one.reason), one.told,
             text)
            for one, text in zip(taken, texts, strict=True)
        ],
    )  # fmt: skip
    after = {
        one.alert.fingerprint: (one.alert, text) for one, text in zip(taken, texts, strict=True)
    }
    put(
        conn,
        alerts,
        ("fingerprint", "number", "state", "document"),
        [(one.fingerprint, one.number, str(one.state), text) for one, text in after.values()],
        key=("fingerprint",),
        update=("number", "state", "document"),
    )


def is_recorded(conn: Connection, run: str) -> bool:
    """Whether this run's transaction was committed."""
    return conn.execute(select(runs.c.seq).where(runs.c.id == run)).first() is not None


def record_run(conn: Connection, run: RunRecord) -> None:
    """Store the run itself."""
    is_newest = (runs.c.too_early != "[]") | (runs.c.declared != "[]")
    conn.execute(update(runs).where(is_newest).values(too_early="[]", declared="[]"))
    put(
        conn,
        runs,
        ("id", "started_at", "ended_at", "as_of", "snapshot_hash", "findings", "transitions",
         "opened", "exit_code", "rules", "clear", "config_hash", "calendar_data", "code_version",
         "too_early", "declared"),
        [
            (run.id, to_micros(run.started_at), to_micros(run.ended_at), to_micros(run.as_of),
             run.snapshot_hash, run.findings, run.transitions, run.opened, run.exit_code,
             _rules_text(run.rules), _clear_text(run.rules), run.config_hash, run.calendar_data,
             run.code_version, to_json(sorted(run.too_early)),
             to_json([[one.id, one.table, one.said, one.match] for one in run.declared]))
        ],
    )  # fmt: skip


def amend_run(conn: Connection, run: RunRecord) -> None:
    """How it ended, which is known only once its mails are given away."""
    conn.execute(update(runs).where(runs.c.id == run.id).values(exit_code=run.exit_code))


def recorded_runs(
    conn: Connection, limit: int, as_of: datetime | None = None
) -> tuple[RunRecord, ...]:
    """The newest runs, of all or of those that judged that moment, newest first."""
    chosen = select(runs).order_by(runs.c.seq.desc()).limit(limit)
    if as_of is not None:
        chosen = chosen.where(runs.c.as_of == to_micros(as_of))
    return tuple(
        RunRecord(
            id=row.id,
            started_at=from_micros(row.started_at),
            ended_at=from_micros(row.ended_at),
            as_of=from_micros(row.as_of),
            snapshot_hash=row.snapshot_hash,
            findings=row.findings,
            transitions=row.transitions,
            opened=row.opened,
            exit_code=row.exit_code,
            rules=tuple(_rules(row.rules, json.loads(row.clear))),
            config_hash=row.config_hash,
            calendar_data=row.calendar_data,
            code_version=row.code_version,
            too_early=frozenset(json.loads(row.too_early)),
            declared=tuple(
                Declared(id=key, table=table, said=said, match=tuple(match))
                for key, table, said, match in json.loads(row.declared)
            ),
        )
        for row in conn.execute(chosen)
    )


def _rules_text(rules: Sequence[RuleRun]) -> str:
    return to_json(
        {one.rule: (one.firing, one.unknown, round(one.seconds * MICROSECONDS)) for one in rules}
    )


def _clear_text(rules: Sequence[RuleRun]) -> str:
    return to_json({one.rule: one.clear for one in rules if one.clear is not None})


def _rules(text: str, clear: Mapping[str, int]) -> Iterator[RuleRun]:
    for rule, (firing, unknown, micros) in json.loads(text).items():
        seconds = micros / MICROSECONDS
        yield RuleRun(
            rule=rule, firing=firing, clear=clear.get(rule), unknown=unknown, seconds=seconds
        )
