"""`syncd run`, `sync`, `serve` and `demo`: whatever pulls or goes on by itself."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.checking import SET_CLOCK, skew_words
from syncd.cli.notes import counted, notes_in
from syncd.cli.options import Options, Usage, require
from syncd.cli.progress import progress
from syncd.cli.screen import MOST, Screen, clean
from syncd.cli.wiring import now, open_app, settings_of, start_log
from syncd.cli.words import count
from syncd.errors import DeliveryError
from syncd.inbox.reading import InboxReport
from syncd.pulling import SourceReport, exit_code
from syncd.settings import ROLES, Settings, load
from syncd.text import grouped
from syncd.upkeep import back_up_if_due

if TYPE_CHECKING:
    from syncd.app import RunReport


def sync(options: Options, names: Sequence[str], *, full: bool, accept_loss: bool) -> int:
    """Pull into the store."""
    start_log(options)
    screen = Screen(options)
    with open_app(options, own=True) as app:
        known(names, app.settings)
        with progress(screen) as bars:
            reports = app.pull(names, now(), full=full, accept_loss=accept_loss, progress=bars)
    if screen.is_json:
        entries = [source_entry(report) for report in reports]
        screen.entries("syncd/sync/1", "sources", entries)
    elif options.quiet:
        _print_failures(screen, reports)
    else:
        for report in reports:
            _print_source(screen, report)
    return exit_code(reports)


def run(options: Options) -> int:
    """One whole cycle."""
    start_log(options)
    screen = Screen(options)
    with open_app(options, own=True) as app, progress(screen) as bars:
        report, writers = app.run_once(now(), progress=bars), notes_in(app)
        back_up_if_due(app.settings, now())
    if screen.is_json:
        screen.document(_run_document(report))
    elif options.quiet:
        _print_failures(screen, report.sources)
        for trouble in report.troubles:
            screen.trouble(f"mail: {clean(str(trouble))}")
        if report.inbox and report.inbox.failure:
            screen.trouble(f"inbox: {clean(str(report.inbox.failure))}")
    else:
        _print_run(screen, report, writers)
    return int(report.exit_code)


def serve(options: Options, role: str = "") -> int:
    """The service, or one process of it. Raises Usage for a role that does not exist."""
    # A reload asked for before it is ready would end it; it reads the configuration anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from syncd.app import App
    from syncd.daemon import part_of
    from syncd.daemon import serve as run_service

    start_log(options, service=True)
    settings = settings_of(options)

    def again() -> Settings:
        from syncd import plugins

        return load(options.config, options.env, catalog=plugins)

    roles = _roles(role, settings)
    with App(settings, now=now(), own=True, part=part_of(settings)) as app:
        return run_service(app, again, roles)


def _roles(role: str, settings: Settings) -> tuple[str, ...]:
    found = tuple(one.strip() for one in role.split(",") if one.strip())
    if unknown := [one for one in found if one not in ROLES]:
        raise Usage(
            f'there is no role "{unknown[0]}"; known: {", ".join(ROLES)}', "syncd serve --help"
        )
    if found and settings.serve.engine == "local":
        raise Usage('--role needs [serve] engine = "procrastinate"', "syncd serve --help")
    return found or ROLES


def demo(options: Options, directory: str, *, keep: bool) -> int:
    """The product on simulators."""
    from syncd.demo.play import play

    screen = Screen(options)
    play(Path(directory), keep=keep, echo=lambda text: screen.raw(text + "\n"))
    return 0


def known(names: Sequence[str], settings: Settings) -> None:
    """Raises Usage for a source that is not configured."""
    require("source", names, settings.sources)


def _print_failures(screen: Screen, reports: Sequence[SourceReport]) -> None:
    for report in reports:
        for failure in report.failures:
            screen.trouble(f"{report.source}: {clean(str(failure))}")


def _print_source(screen: Screen, report: SourceReport) -> None:
    """Its line; what else failed, and what to do about it, on stderr."""
    screen.line(source_line(report))
    if trouble := skew_words(report.skew):
        screen.note(f"{report.source}: {trouble}; {SET_CLOCK}")
    for failure in report.failures[1:]:
        screen.note(f"{report.source}: {clean(str(failure))}")
    for hint in dict.fromkeys(failure.hint for failure in report.failures):
        if hint:
            screen.note(f"{report.source}: {clean(hint)}")


def source_line(report: SourceReport) -> str:
    """One source in one line."""
    words = f"{report.source:<12}  {count(report.items, 'item')} read, {report.changed} changed"
    if report.problems:
        words += f", {report.problems} kept aside"
    if report.failures:
        words += f"; failed: {clean(str(report.failures[0]))}"
    return f"{words}   {report.seconds:.1f} s"


def source_entry(report: SourceReport) -> dict[str, Any]:
    """One source for a script."""
    return {
        "type": "source",
        "source": report.source,
        "items": report.items,
        "changed": report.changed,
        "problems": report.problems,
        "seconds": round(report.seconds, 3),
        "requests": report.requests,
        "clock_skew_seconds": None if report.skew is None else round(report.skew),
        "failures": [
            {"code": failure.exit_code, "message": str(failure), "hint": failure.hint}
            for failure in report.failures
        ],
    }


def _run_document(report: RunReport) -> dict[str, Any]:
    return {
        "schema": "syncd/run/1",
        "as_of": report.run.as_of.isoformat(),
        "run": report.run.id,
        "exit_code": report.exit_code,
        "sources": [source_entry(source) for source in report.sources],
        "findings": report.run.findings,
        "transitions": [
            {
                "alert": transition.alert.id,
                "fingerprint": transition.alert.fingerprint,
                "reason": str(transition.reason),
                "state": str(transition.alert.state),
                "told": transition.told,
                "summary": clean(transition.alert.finding.summary),
            }
            for transition in report.transitions
        ],
        "held": report.held,
        "inbox": report.inbox
        and {
            "mails": report.inbox.mails,
            "acts": report.inbox.acts,
            "failure": str(report.inbox.failure) if report.inbox.failure else None,
        },
        "queued": len(report.queued),
        "delivered": [
            {"person": message.person, "state": str(message.state), "subject": message.subject}
            for message in report.delivered
        ],
    }


def _print_run(screen: Screen, report: RunReport, writers: frozenset[str]) -> None:
    for source in report.sources:
        _print_source(screen, source)
    if report.inbox is not None:
        _print_inbox(screen, report.inbox)
    told = [one for one in report.transitions if one.told]
    for one in told[:MOST]:
        words = f"{one.alert.id}  {one.called}: {clean(one.alert.finding.summary)}"
        screen.text(words, hanging=6)
    if len(told) > MOST:
        screen.note(
            f"These are the first {MOST} of {grouped(len(told))} changes: syncd alerts list has "
            "what is open, the worst first."
        )
    if report.held:
        screen.note(
            f"{count(report.held, 'alert')} would open at once and are held: syncd alerts release, "
            "or syncd adopt"
        )
    sent = [message for message in report.delivered if str(message.state) == "sent"]
    waiting = sum(str(message.state) == "waiting" for message in report.delivered)
    dead = sum(str(message.state) == "dead" for message in report.delivered)
    words = f"{count(report.run.findings, 'finding')}, {counted(sent, writers)} sent"
    words += f", {waiting} to be tried again" if waiting else ""
    words += f", {dead} refused" if dead else ""
    screen.line(words + ".")
    for trouble in dict.fromkeys(map(_told, report.troubles)):
        screen.note(trouble)


def _told(trouble: DeliveryError) -> str:
    """Why something was not sent, and what to do about it."""
    hint = f"; {clean(trouble.hint)}" if trouble.hint else ""
    return f"not sent: {clean(str(trouble))}{hint}"


def _print_inbox(screen: Screen, report: InboxReport) -> None:
    if report.failure is not None:
        screen.trouble(f"inbox: {clean(str(report.failure))}")
        if report.failure.hint:
            screen.note(f"inbox: {clean(report.failure.hint)}")
    if report.mails:
        screen.line(f"{count(report.mails, 'mail')} came in: {count(report.acts, 'answer')}")
