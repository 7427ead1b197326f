"""`syncd reconcile`: what drifted, as a table, Markdown or JSON. Writes and sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from syncd.alerts.answers import Answers
from syncd.alerts.escalation import as_known
from syncd.cli.acts import worded
from syncd.cli.alerts import answers_of
from syncd.cli.failures import worst
from syncd.cli.findings import finding_entry, finding_rows, grouped, markdown, owners
from syncd.cli.headline import headlines
from syncd.cli.options import Options, Usage, require
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, open_app, start_log, zone_of
from syncd.cli.words import NBSP, count, day
from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import Finding, Severity, Unknown
from syncd.model.items import Item
from syncd.passes import uncollected
from syncd.pictures.days import age
from syncd.pulling import SourceReport, exit_code
from syncd.settings import Settings
from syncd.text import listing

if TYPE_CHECKING:
    from syncd.app import App, Reconciled


EARLIEST = 1970
"""Year before which no day is judged: rules look back, and there is nothing before the year 1."""
LIVE = (AlertState.PENDING, AlertState.FIRING, AlertState.FROZEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for on the command line."""

    offline: bool = False
    teams: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    as_of: str = ""
    fail_on: str = ""
    new: bool = False
    """Only what opened since the working day before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is to be shown."""

    request: Request
    as_of: datetime
    zone: ZoneInfo
    reconciled: Reconciled
    reports: Sequence[SourceReport]
    findings: tuple[Finding, ...]
    alerts: Mapping[str, Alert]
    answers: Answers
    settings: Settings

    @property
    def worded(self) -> tuple[Finding, ...]:
        """The findings with what people answered to their alerts."""
        return tuple(
            worded(one, self.answers.of(alert) if alert else None, self.today, self.zone)
            for one in self.findings
            for alert in (self.alerts.get(one.fingerprint),)
        )

    @property
    def roots(self) -> dict[str, str]:
        """Fingerprint of a finding → that of the one that speaks for it."""
        return dict(self.reconciled.evaluation.inhibited)

    @property
    def items(self) -> int:
        """How many were looked at."""
        held = self.reconciled.snapshot
        return len(held.issues) + len(held.pull_requests) + len(held.milestones) + len(held.events)

    @property
    def is_known(self) -> bool:
        """Whether something was there: versions, of which nobody tells since when, once read."""
        held = self.reconciled.snapshot
        every: Iterable[Item] = chain(held.issues, held.pull_requests, held.events, held.milestones)
        return any(
            getattr(one, "created_at", None) or held.first_seen[one.key] <= held.as_of
            for one in every
        )

    @property
    def unseen(self) -> int:
        """How many open alerts this reading cannot judge: they stay as they are."""
        told = self.reconciled.evaluation
        known = {finding.fingerprint for finding in told.findings}
        untold = {unknown.fingerprint for unknown in told.unknown}
        return sum(
            key in untold
            or one.finding.subject in told.invisible
            or not told.stale.isdisjoint(one.finding.scopes)
            for key, one in self.alerts.items()
            if one.state in LIVE and key not in known
        )

    @property
    def today(self) -> date:
        """The local day that is judged."""
        return self.as_of.astimezone(self.zone).date()


def reconcile(options: Options, request: Request) -> int:
    """Pull unless told not to, judge, print."""
    start_log(options)
    threshold = _severity(request.fail_on)
    screen = Screen(options)
    past = bool(request.as_of)
    with open_app(options, read_only=request.offline or past) as app:
        require("team", request.teams, app.settings.teams)
        require("program", request.programs, app.settings.programs)
        zone = zone_of(options, app.settings)
        as_of = moment_of(request.as_of, ZoneInfo(app.settings.timezone)) if past else now()
        reports = () if request.offline or past else _pull(app, screen, as_of)
        held = request.offline or past
        with uncollected():
            reconciled, alerts = app.reconcile(as_of, assume_fresh=held), _alerts(app, past=past)
            known = as_known(reconciled.evaluation.findings, alerts, as_of)
            findings = chosen(known, request, app.settings)
            result = Result(
                request=request, as_of=as_of, zone=zone, reconciled=reconciled, reports=reports,
                findings=_new(app, findings, alerts, as_of) if request.new else findings,
                alerts=alerts, answers=answers_of(app.settings, app.store, as_of),
                settings=app.settings,
            )  # fmt: skip
            named = request.programs or tuple(app.settings.programs)
            told = headlines(reconciled, named, zone)
            _show(screen, result, told)
    return _code(result, threshold)


def chosen(
    findings: Sequence[Finding], request: Request, settings: Settings
) -> tuple[Finding, ...]:
    """The findings that concern the teams and programs asked for."""
    members = {team for name in request.programs for team in settings.programs[name].teams}
    return tuple(
        finding
        for finding in findings
        if (not request.teams or set(request.teams) & set(finding.teams))
        and (
            not request.programs
            or set(request.programs) & set(finding.programs)
            or members & set(finding.teams)
        )
    )


def _new(
    app: App, findings: Sequence[Finding], alerts: Mapping[str, Alert], as_of: datetime
) -> tuple[Finding, ...]:
    """Those that no run has recorded, or whose alert opened since the working day before."""
    zone = ZoneInfo(app.settings.timezone)
    before = app.config(as_of).calendar.shift(as_of.astimezone(zone).date(), -1)
    since = datetime.combine(before, time(), zone)
    return tuple(
        one
        for one in findings
        if (alert := alerts.get(one.fingerprint)) is None or alert.opened_at >= since
    )


def _pull(app: App, screen: Screen, as_of: datetime) -> tuple[SourceReport, ...]:
    from syncd.cli.progress import progress

    with progress(screen) as bars:
        return app.pull((), as_of, progress=bars)


def _alerts(app: App, *, past: bool) -> dict[str, Alert]:
    """By fingerprint; of a past day also those that have cleared since."""
    return {alert.fingerprint: alert for alert in app.store.alerts(*(() if past else LIVE))}


def _severity(text: str) -> Severity | None:
    if not text:
        return None
    if text.upper() not in Severity.__members__:
        known = ", ".join(str(severity) for severity in Severity)
        raise Usage(f'--fail-on "{text}" is not one of {known}', "syncd reconcile --help")
    return Severity[text.upper()]


def moment_of(text: str, zone: ZoneInfo) -> datetime:
    """The end of a local day, or an instant as written; not after now, nor before `EARLIEST`."""
    current = now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(f'--as-of "{text}" is not a day such as 2026-11-20') from None
    if at.year < EARLIEST:
        raise Usage(f'--as-of "{text}" lies too far back: days are judged from {EARLIEST} on')
    start = at if at.tzinfo else at.replace(tzinfo=zone)
    if start.timestamp() > current.timestamp():
        raise Usage(f'--as-of "{text}" is still to come')
    if len(text) > 10:
        return start.astimezone(UTC)
    following = (start + timedelta(days=1)).astimezone(UTC)
    return min(following - timedelta(seconds=1), current)


def _code(result: Result, threshold: Severity | None) -> int:
    codes = [exit_code(result.reports)]
    if result.reconciled.evaluation.failures:
        codes.append(3)
    if threshold is not None and any(f.severity >= threshold for f in result.findings):
        codes.append(10)
    return worst(codes)


def _show(screen: Screen, result: Result, headlines: Iterable[str]) -> None:
    if screen.options.format == "json":
        screen.document(document(result))
    elif screen.options.format == "jsonl":
        parts = document(result)
        head = {key: parts[key] for key in ("schema", "as_of")} | {"type": "reconcile"}
        screen.lines_of([head, *parts["sources"], *parts["findings"], *parts["unknown"]])
    elif screen.options.format == "md":
        title = _title(result)
        screen.raw(markdown(result.worded, result.alerts, title, result.today, roots=result.roots))
    else:
        _table(screen, result, headlines)


def document(result: Result) -> dict[str, Any]:
    """Schema `syncd/reconcile/1`."""
    evaluation = result.reconciled.evaluation
    return {
        "schema": "syncd/reconcile/1",
        "as_of": result.as_of.isoformat(),
        "sources": [
            {
                "type": "scope",
                "source": fresh.scope.source,
                "scope": fresh.scope.name,
                "succeeded_at": fresh.succeeded_at.isoformat() if fresh.succeeded_at else None,
                "failing_since": fresh.failing_since.isoformat() if fresh.failing_since else None,
                "stale": fresh.scope in evaluation.stale,
                "error": clean(fresh.error),
                "items": fresh.items,
                "problems": fresh.problems,
            }
            for fresh in result.reconciled.freshness
        ],
        "findings": [
            finding_entry(
                finding,
                result.alerts.get(finding.fingerprint),
                result.roots.get(finding.fingerprint, ""),
            )
            for finding in result.findings
        ],
        "unknown": [
            {
                "type": "unknown", "rule": unknown.rule, "subject": unknown.subject,
                "reason": clean(unknown.reason),
            }
            for unknown in evaluation.unknown
        ],
        "failed_rules": [
            {"rule": failure.rule, "error": clean(failure.error)} for failure in evaluation.failures
        ],
    }  # fmt: skip


def _title(result: Result) -> str:
    local = result.as_of.astimezone(result.zone)
    names = [result.settings.programs[name].name or name for name in result.request.programs] or [
        program.name or name for name, program in result.settings.programs.items()
    ]
    head = f"{clean(names[0])} · " if len(names) == 1 else ""
    clock = "" if result.request.as_of else f"{NBSP}{local:%H:%M %Z}"
    return f"{head}{day(local.date(), now().astimezone(result.zone).date())}{clock}"


def _table(screen: Screen, result: Result, headlines: Iterable[str]) -> None:
    screen.text(_title(result), style="bold")
    for line in headlines if result.items else ():
        screen.text(line)
    screen.line("")
    if result.findings:
        names = owners(result.settings, result.reconciled.snapshot.accounts)
        columns, rows = finding_rows(
            result.worded, result.alerts, names, result.today,
            zone=result.zone, roots=result.roots,
        )  # fmt: skip
        screen.first(columns, rows, len(rows), "findings")
        screen.line("")
    screen.text(screen.typed(_summary(result)))
    _freshness(screen, result)
    first = next((finding for finding, _ in grouped(result.findings, result.roots)), None)
    if first and first.fingerprint in result.alerts:
        alert = result.alerts[first.fingerprint]
        screen.note(f"syncd alerts explain {alert.id} shows the evidence.")
        screen.note("syncd report -o report.html shows the whole picture.")


def _summary(result: Result) -> str:
    if not result.settings.sources:
        return "No source is configured, so there is nothing to compare: syncd init adds one."
    if not result.is_known:
        today = now().astimezone(result.zone).date()
        when = f" of {day(result.today, today)}" if result.request.as_of else ""
        return f"Nothing is known{when}: no source told of an item."
    if not result.findings and result.unseen:
        what = count(result.unseen, "open alert")
        return f"Nothing can be said of {what} before the data is whole again: syncd alerts list."
    if not result.findings and result.request.new:
        return "Nothing new since the working day before: syncd reconcile shows all that is open."
    if not result.findings:
        return f"No drift found in {count(result.items, 'item')}."
    told = [finding for finding, below in grouped(result.findings, result.roots) if not below]
    words = [
        f"{number} {severity}"
        for severity in reversed(Severity)
        if (number := sum(finding.severity == severity for finding in told))
    ]
    more = len(result.findings) - len(told)
    same = f"; {more} more of the same cause" if more else ""
    new = sum(finding.fingerprint not in result.alerts for finding in result.findings)
    unseen = f"; {new} not yet recorded by a run" if new else ""
    return f"{count(len(told), 'finding')}: {', '.join(words)}{same}{unseen}."


def _freshness(screen: Screen, result: Result) -> None:
    """Say how old the data is, and of which the answer cannot be sure."""
    evaluation = result.reconciled.evaluation
    if result.request.as_of:
        screen.text("Rebuilt from what is known of that day now.", style="dim")
    elif result.request.offline:
        screen.text(_ages(result), style="dim")
    # A day that is rebuilt has what was read since: what fails today says nothing of it.
    for line in () if result.request.as_of else _gaps(result):
        screen.text(line, hanging=2, style="yellow")
    if evaluation.unknown:
        words = _untold(evaluation.unknown)
        kept = f"; {count(result.unseen, 'open alert')} held as before, see syncd alerts list"
        screen.text(screen.typed(words + (kept if result.unseen else "") + "."), style="dim")
        screen.note("syncd reconcile -f json says which, and why.")
    for failure in evaluation.failures:
        screen.text(f"rule {failure.rule} failed: {clean(failure.error)}", style="yellow")


def _untold(unknown: Sequence[Unknown]) -> str:
    waits = sum(one.put_off for one in unknown)
    lacks = count(len(unknown) - waits, "check")
    said = [f"{lacks} could not be made for lack of data"] if len(unknown) > waits else []
    wait = f"{count(waits, 'check waits', 'checks wait')} for the end of a freeze or an absence"
    return "; ".join([*said, *([wait] if waits else [])])


def _ages(result: Result) -> str:
    """`Data: jira 4 min, github 2 h old.`: of each source its oldest part."""
    read: dict[str, datetime] = {}
    for fresh in result.reconciled.freshness:
        if fresh.succeeded_at:
            name = fresh.scope.source
            read[name] = min(fresh.succeeded_at, read.get(name, fresh.succeeded_at))
    words = [f"{name} {age(result.as_of - at)}" for name, at in read.items()]
    return f"Data: {', '.join(words)} old." if words else "Data: none was read yet."


def _gaps(result: Result) -> Iterator[str]:
    """A line for each source and trouble that no finding of the table tells."""
    told = {finding.subject for finding in result.findings if finding.rule == "source-stale"}
    parts: dict[tuple[str, str], list[str]] = {}
    for fresh in result.reconciled.freshness:
        stale = fresh.scope in result.reconciled.evaluation.stale
        if (stale or fresh.failing_since) and f"source:{fresh.scope.source}" not in told:
            since = fresh.succeeded_at
            old = f"{age(result.as_of - since)} old" if since else "never read"
            words = old + (f": {clean(fresh.error)}" if fresh.error else "")
            parts.setdefault((fresh.scope.source, words), []).append(clean(fresh.scope.name))
    for (source, words), names in parts.items():
        yield f"○ {source} ({listing(names)}) is {words}"
