"""The tree of commands: names, flags, one line of help. Bodies are imported when called."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from syncd.cli import pages
from syncd.cli.groups import CONTEXT, By, Known, Since, SourceNames, Step, Teams, Until, options_of
from syncd.cli.init_flags import init_command
from syncd.cli.options import Interrupted
from syncd.cli.tree_alerts import alerts
from syncd.cli.tree_align import align
from syncd.cli.tree_baseline import baseline
from syncd.cli.tree_config import config
from syncd.cli.tree_deps import deps
from syncd.cli.tree_report import report_command
from syncd.cli.tree_routes import routes
from syncd.cli.tree_rules import rules
from syncd.cli.tree_sources import sources
from syncd.cli.tree_store import export_command, people, store


class Root(TyperGroup):
    """The whole command, with a help of its own."""

    def invoke(self, ctx: Any) -> Any:
        """As typer, but that it was interrupted is left to whoever gives the exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Groups in the order of a day, no line longer than 60 characters."""
        del ctx
        formatter.write(pages.root_help())


root = typer.Typer(
    cls=Root, add_completion=False, rich_markup_mode=None, no_args_is_help=False,
    context_settings=CONTEXT, pretty_exceptions_enable=False,
)  # fmt: skip
root.add_typer(alerts, name="alerts")
root.add_typer(baseline, name="baseline")
root.add_typer(align, name="align")
root.add_typer(rules, name="rules")
root.add_typer(sources, name="sources")
root.add_typer(deps, name="deps")
root.add_typer(routes, name="routes")
root.add_typer(config, name="config")
root.add_typer(store, name="store")
root.add_typer(people, name="people")


@cache
def tree(first: str = "") -> TyperGroup:
    """The command line, ready to be called.

    Where `first` is a command it alone: to look at the flags of all takes longer than many of them.
    """
    commands = [one for one in root.registered_commands if one.name == first]
    groups = [one for one in root.registered_groups if one.name == first]
    if not commands and not groups:
        return get_group(root)
    alone = copy(root)
    alone.registered_commands, alone.registered_groups = commands, groups
    return get_group(alone)


@root.callback()
def _root() -> None:
    """Joins dates and tells people when they drift apart."""


@root.command("version")
def _version(ctx: typer.Context) -> int:
    """Print the version."""
    return pages.version(options_of(ctx))


@root.command("help")
def _help(ctx: typer.Context, topic: Annotated[str, typer.Argument(metavar="TOPIC")] = "") -> int:
    """Print a page: environment, exit-codes, formats or rules."""
    return pages.page(topic, options_of(ctx))


@root.command("completion")
def _completion(ctx: typer.Context, shell: Annotated[str, typer.Argument(metavar="SHELL")]) -> int:
    """Print what makes bash, zsh or fish complete commands, sources, rules and alerts."""
    from syncd.cli import shells

    return shells.script(shell, options_of(ctx))


@root.command("run")
def _run(ctx: typer.Context) -> int:
    """One full cycle: pull, reconcile, mail what changed; then exit (for timers)."""
    from syncd.cli import cycle

    return cycle.run(options_of(ctx))


@root.command("sync")
def _sync(
    ctx: typer.Context,
    sources: SourceNames = None,
    full: Annotated[bool, typer.Option("--full", help="Forget positions, read all.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Believe that many open items are gone.")
    ] = False,
) -> int:
    """Pull what changed into the store; judges and sends nothing."""
    from syncd.cli import cycle

    return cycle.sync(options_of(ctx), sources or [], full=full, accept_loss=accept_loss)


@root.command("reconcile")
def _reconcile(  # noqa: PLR0917 - each flag is an argument
    ctx: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Pull nothing; use what is held.")
    ] = False,
    team: Teams = None,
    program: Annotated[
        list[str] | None, typer.Option("--program", metavar="NAME", help="Only its teams.")
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Judge that past day.")
    ] = "",
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="SEVERITY", help="Exit 10 at or above it.")
    ] = "",
    new: Annotated[
        bool, typer.Option("--new", help="Only what opened since the working day before.")
    ] = False,
) -> int:
    """Compare what is with what was planned and print the drift; never sends."""
    from syncd.cli import reconcile

    request = reconcile.Request(
        offline=offline, teams=tuple(team or ()), programs=tuple(program or ()), as_of=as_of,
        fail_on=fail_on, new=new,
    )  # fmt: skip
    return reconcile.reconcile(options_of(ctx), request)


@root.command("brief")
def _brief(  # noqa: PLR0917 - each flag is an argument
    ctx: typer.Context,
    person: Annotated[
        str, typer.Option("--for", metavar="PERSON", help="Whose; yours, if left out.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="What changed from then on; or 3d.")
    ] = "",
    meeting: Annotated[
        str, typer.Option("--meeting", metavar="NAME", help="The pack of that meeting, or next.")
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Leave nothing out, however long.")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="Mail it too.")] = False,
) -> int:
    """What a person needs to know this morning, or for a meeting; sends nothing by itself."""
    from syncd.cli import brief

    request = brief.Request(
        person=person, since=since, meeting=meeting, everything=everything, send=send
    )
    return brief.brief(options_of(ctx), request)


@root.command("notify")
def _notify(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, send nothing.")] = False,
    only: Annotated[str, typer.Option("--only", metavar="ID", help="Of this alert only.")] = "",
    to: Annotated[
        str, typer.Option("--to", metavar="WAY", help="outbox (files) or smtp, as an exception.")
    ] = "",
    previews: Annotated[
        str, typer.Option("--previews", metavar="DIR", help="With --dry-run: mails as files.")
    ] = "",
    dead: Annotated[bool, typer.Option("--dead", help="List what was not delivered.")] = False,
    retry: Annotated[
        list[str] | None, typer.Option("--retry", metavar="ID", help="Try it again, or all.")
    ] = None,
) -> int:
    """Send what is due; or show what a run would send, to whom, when and why."""
    from syncd.cli import dead_letters, notify

    if dead and not retry:
        return dead_letters.list_dead(options_of(ctx))
    if retry:
        return dead_letters.retry(options_of(ctx), retry)

    request = notify.Request(dry_run=dry_run, only=only, to=to, previews=previews)
    return notify.notify(options_of(ctx), request)


root.command("report")(report_command)
root.command("export")(export_command)


@root.command("deliverables")
def _deliverables(
    ctx: typer.Context,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="What may be one thing in two tools.")
    ] = False,
    team: Teams = None,
) -> int:
    """What is promised, by whose word, and what it is made of."""
    from syncd.cli import deliverables

    return deliverables.deliverables(options_of(ctx), team or [], suggest=suggest)


@root.command("forecast")
def _forecast(
    ctx: typer.Context,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="How often earlier dates held.")
    ] = False,
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="TEAM", help="Only what it takes part in.")
    ] = None,
) -> int:
    """When each deliverable will be done, how sure that is, and why."""
    from syncd.cli import forecast

    return forecast.forecast(options_of(ctx), tuple(team or ()), calibration=calibration)


@root.command("backtest")
def _backtest(
    ctx: typer.Context,
    since: Since = "",
    until: Until = "",
    step: Step = 5,
    known: Known = False,
) -> int:
    """Live past days once more: how right alerts and forecasts would have been."""
    from syncd.cli import backtest
    from syncd.cli.replaying import Asked

    asked = Asked(since=since, until=until, step=step, known=known)
    return backtest.backtest(options_of(ctx), asked)


@root.command("whatif")
def _whatif(
    ctx: typer.Context,
    slip: Annotated[
        list[str] | None,
        typer.Option("--slip", metavar="KEY=10d", help="Later by 10 working days, or 2w."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="KEY", help="Left out.")
    ] = None,
    done: Annotated[
        list[str] | None, typer.Option("--done", metavar="KEY", help="Done today.")
    ] = None,
    absent: Annotated[
        list[str] | None,
        typer.Option("--absent", metavar="PERSON=DATES", help="Away, as 2026-12-01..2026-12-04."),
    ] = None,
) -> int:
    """What would move, and which alerts open or clear; writes nothing. Options add up."""
    from syncd.cli import whatif

    request = whatif.Request(slip=tuple(slip or ()), drop=tuple(drop or ()),
                             done=tuple(done or ()), absent=tuple(absent or ()))  # fmt: skip
    return whatif.whatif(options_of(ctx), request)


@root.command("log")
def _log(
    ctx: typer.Context,
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="From then on; or 7d.")
    ] = "",
) -> int:
    """What people decided: answers to alerts, baselines, links, with their reasons."""
    from syncd.cli import log

    return log.log(options_of(ctx), since)


root.command("init")(init_command())


@root.command("doctor")
def _doctor(
    ctx: typer.Context,
    sources: SourceNames = None,
    send_test_mail: Annotated[
        str, typer.Option("--send-test-mail", metavar="PERSON", help="Send one to this person.")
    ] = "",
) -> int:
    """Test each credential, right, the store and mail, or what is named (a source, mail, store)."""
    from syncd.cli import doctor

    return doctor.doctor(options_of(ctx), sources or [], send_test_mail)


@root.command("adopt")
def _adopt(ctx: typer.Context, by: By = "") -> int:
    """The next run takes what is new to it as known: one summary, and after it changes only."""
    from syncd.cli import answers

    return answers.adopt(options_of(ctx), by)


@root.command("demo")
def _demo(
    ctx: typer.Context,
    directory: Annotated[str, typer.Argument(metavar="[DIR]", help="Where to.")] = "demo",
    keep: Annotated[bool, typer.Option("--keep", help="Go on serving until Ctrl-C.")] = False,
) -> int:
    """Play three weeks of three made-up teams; no credentials, no network."""
    from syncd.cli import cycle

    return cycle.demo(options_of(ctx), directory, keep=keep)


@root.command("serve")
def _serve(
    ctx: typer.Context,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="ROLES",
            help='With engine = "procrastinate": what this process does, of scheduler, worker, '
            "web, separated by commas; all of them without it.",
        ),
    ] = "",
) -> int:
    """Run cycles until SIGTERM; SIGHUP reads the configuration again."""
    from syncd.cli import cycle

    return cycle.serve(options_of(ctx), role)


@root.command("status")
def _status(
    ctx: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Exit 1 unless a cycle ended lately; for health checks.")
    ] = False,
) -> int:
    """Last and next run of each source, its lag, and the mail that waits."""
    from syncd.cli import status

    return status.status(options_of(ctx), live=live)
