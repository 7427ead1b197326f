"""The tree of commands: names, flags, one line of help. Bodies are imported when called."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from syncd.cli import pages
from syncd.cli.init_flags import init_command
from syncd.cli.options import Options

Sources = Annotated[list[str] | None, typer.Argument(metavar="[SOURCE…]", help="Only these.")]


class Root(TyperGroup):
    """The whole command, with a help of its own."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Groups in the order of a day, no line longer than 60 characters."""
        del ctx
        formatter.write(pages.root_help())


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        help=text, no_args_is_help=True, rich_markup_mode=None, context_settings=_CONTEXT
    )


_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}

root = typer.Typer(
    cls=Root, add_completion=False, rich_markup_mode=None, no_args_is_help=False,
    context_settings=_CONTEXT, pretty_exceptions_enable=False,
)  # fmt: skip
alerts = _group("Alerts: what drifted, with its history and evidence.")
rules = _group("Rules: what syncd looks for, and how to change it.")
deps = _group("Dependencies: who waits for whom, stated and suspected.")
config = _group("The configuration: check it, show it, describe it.")
root.add_typer(alerts, name="alerts")
root.add_typer(rules, name="rules")
root.add_typer(deps, name="deps")
root.add_typer(config, name="config")


def tree() -> typer.Typer:
    """The command line, ready to be called."""
    return root


@root.callback()
def _root() -> None:
    """Joins dates and tells people when they drift apart."""


@root.command("version")
def _version(ctx: typer.Context) -> int:
    """Print the version."""
    return pages.version(_options(ctx))


@root.command("help")
def _help(topic: Annotated[str, typer.Argument(metavar="TOPIC")] = "") -> int:
    """Print a page: exit-codes, environment or formats."""
    return pages.page(topic)


@root.command("run")
def _run(ctx: typer.Context) -> int:
    """One full cycle: pull, reconcile, mail what changed; then exit (for timers)."""
    from syncd.cli import cycle

    return cycle.run(_options(ctx))


@root.command("sync")
def _sync(
    ctx: typer.Context,
    sources: Sources = None,
    full: Annotated[bool, typer.Option("--full", help="Forget positions, read all.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Believe that many open items are gone.")
    ] = False,
) -> int:
    """Pull what changed into the store; judges and sends nothing."""
    from syncd.cli import cycle

    return cycle.sync(_options(ctx), sources or [], full=full, accept_loss=accept_loss)


@root.command("reconcile")
def _reconcile(  # noqa: PLR0917 - each flag is an argument
    ctx: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Pull nothing; use what is held.")
    ] = False,
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="TEAM", help="Only what concerns it.")
    ] = None,
    program: Annotated[
        list[str] | None, typer.Option("--program", metavar="NAME", help="Only its teams.")
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Judge that past day.")
    ] = "",
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="SEVERITY", help="Exit 10 at or above it.")
    ] = "",
) -> int:
    """Compare what is with what was planned and print the drift; never sends."""
    from syncd.cli import reconcile

    request = reconcile.Request(
        offline=offline, teams=tuple(team or ()), programs=tuple(program or ()), as_of=as_of,
        fail_on=fail_on,
    )  # fmt: skip
    return reconcile.reconcile(_options(ctx), request)


@root.command("notify")
def _notify(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, send nothing.")] = False,
) -> int:
    """Send what is due, or show what a run would send."""
    from syncd.cli import notify

    return notify.notify(_options(ctx), dry_run=dry_run)


@alerts.command("list")
def _alerts_list(
    ctx: typer.Context,
    state: Annotated[
        str,
        typer.Option(
            "--state", metavar="STATE", help="open, pending, firing, frozen, resolved or all."
        ),
    ] = "open",
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="TEAM", help="Only what concerns it.")
    ] = None,
) -> int:
    """List alerts, worst first."""
    from syncd.cli import alerts as screens

    return screens.list_alerts(_options(ctx), state, tuple(team or ()))


@alerts.command("show")
def _alerts_show(
    ctx: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID…", help="As D-41.")]
) -> int:
    """What an alert says, who was told of it, and when."""
    from syncd.cli import alerts as screens

    return screens.show(_options(ctx), ids)


@alerts.command("explain")
def _alerts_explain(
    ctx: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID…", help="As D-41.")]
) -> int:
    """Why an alert fires: the evidence, its age, and what would clear it."""
    from syncd.cli import alerts as screens

    return screens.explain(_options(ctx), ids)


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

    return forecast.forecast(_options(ctx), tuple(team or ()), calibration=calibration)


root.command("init")(init_command())


@root.command("doctor")
def _doctor(
    ctx: typer.Context,
    sources: Sources = None,
    send_test_mail: Annotated[
        str, typer.Option("--send-test-mail", metavar="PERSON", help="Send one to this person.")
    ] = "",
) -> int:
    """Test each credential, right, mail server and the store; each trouble with its cure."""
    from syncd.cli import doctor

    return doctor.doctor(_options(ctx), sources or [], send_test_mail)


@rules.command("list")
def _rules_list(ctx: typer.Context) -> int:
    """Every rule with its severity and whether it is on."""
    from syncd.cli import rules as screens

    return screens.list_rules(_options(ctx))


@rules.command("explain")
def _rules_explain(ctx: typer.Context, rule: Annotated[str, typer.Argument(metavar="RULE")]) -> int:
    """What a rule looks for, its parameters, and how to change them."""
    from syncd.cli import rules as screens

    return screens.explain(_options(ctx), rule)


Teams = Annotated[
    list[str] | None, typer.Option("--team", metavar="TEAM", help="Only what concerns it.")
]
Within = Annotated[bool, typer.Option("--within", help="Also within one team.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Kept with it.")]
Waiting = Annotated[str, typer.Argument(metavar="ITEM", help="What waits, as PAY-142.")]
Before = Annotated[str, typer.Argument(metavar="PREREQUISITE", help="What it waits for.")]


@deps.command("list")
def _deps_list(
    ctx: typer.Context,
    team: Teams = None,
    certainty: Annotated[
        str, typer.Option("--class", metavar="CLASS", help="explicit, suspected, context or all.")
    ] = "explicit",
    within: Within = False,
) -> int:
    """Open dependencies between teams, with the days they leave."""
    from syncd.cli import deps as screens

    wanted = screens.Wanted(teams=tuple(team or ()), certainty=certainty, within=within)
    return screens.list_dependencies(_options(ctx), wanted)


@deps.command("suggest")
def _deps_suggest(ctx: typer.Context, team: Teams = None) -> int:
    """What seems to wait for another team though no link says so."""
    from syncd.cli import deps as screens

    return screens.suggest(_options(ctx), screens.Wanted(teams=tuple(team or ())))


@deps.command("accept")
def _deps_accept(ctx: typer.Context, item: Waiting, before: Before, reason: Reason = "") -> int:
    """Say that an item waits for another."""
    from syncd.cli import deps as screens

    return screens.decide(_options(ctx), (item, before), accepted=True, reason=reason)


@deps.command("reject")
def _deps_reject(ctx: typer.Context, item: Waiting, before: Before, reason: Reason = "") -> int:
    """Say that neither waits for the other."""
    from syncd.cli import deps as screens

    return screens.decide(_options(ctx), (item, before), accepted=False, reason=reason)


@deps.command("graph")
def _deps_graph(
    ctx: typer.Context,
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[ITEM…]", help="Only what is around them.")
    ] = None,
    team: Teams = None,
    within: Within = False,
) -> int:
    """Draw it: --format dot, mermaid or svg."""
    from syncd.cli import deps as screens

    wanted = screens.Wanted(teams=tuple(team or ()), within=within)
    return screens.draw(_options(ctx), items or [], wanted)


@config.command("validate")
def _config_validate(ctx: typer.Context) -> int:
    """Say everything that is wrong, with its place; contacts nothing."""
    from syncd.cli import configuration

    return configuration.validate(_options(ctx))


@config.command("show")
def _config_show(ctx: typer.Context) -> int:
    """Every value that is set and where it comes from; secrets masked."""
    from syncd.cli import configuration

    return configuration.show(_options(ctx))


@config.command("schema")
def _config_schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page for people.")] = False,
) -> int:
    """The JSON schema of the configuration, for editors."""
    from syncd.cli import configuration

    return configuration.schema(markdown=markdown)


@config.command("where")
def _config_where(ctx: typer.Context) -> int:
    """Which files are read, and where the store and secrets are."""
    from syncd.cli import configuration

    return configuration.where(_options(ctx))


@root.command("demo")
def _demo(
    ctx: typer.Context,
    directory: Annotated[str, typer.Argument(metavar="[DIR]", help="Where to.")] = "demo",
    keep: Annotated[bool, typer.Option("--keep", help="Go on serving until Ctrl-C.")] = False,
) -> int:
    """Play three weeks of three made-up teams; no credentials, no network."""
    from syncd.cli import cycle

    return cycle.demo(_options(ctx), directory, keep=keep)


@root.command("serve")
def _serve(ctx: typer.Context) -> int:
    """Run cycles until SIGTERM; SIGHUP reads the configuration again."""
    from syncd.cli import cycle

    return cycle.serve(_options(ctx))


@root.command("status")
def _status(
    ctx: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Exit 1 unless a cycle ended lately; for health checks.")
    ] = False,
) -> int:
    """Last and next run of each source, its lag, and the mail that waits."""
    from syncd.cli import status

    return status.status(_options(ctx), live=live)


def _options(ctx: typer.Context) -> Options:
    found = ctx.find_root().obj
    if not isinstance(found, Options):
        raise TypeError("the command line was called without its options")
    return found
