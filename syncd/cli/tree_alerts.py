"""The group `syncd alerts`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import By, Teams, group, options_of

alerts = group("Alerts: what drifted, with its history and evidence, and your answers.")

Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="As D-41.")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Silent up to that day.")]


@alerts.command("list")
def _alerts_list(
    ctx: typer.Context,
    state: Annotated[
        str,
        typer.Option(
            "--state",
            metavar="STATE",
            help="open, acked, snoozed, accepted, pending, firing, frozen, resolved or all.",
        ),
    ] = "open",
    team: Teams = None,
) -> int:
    """List alerts, worst first."""
    from syncd.cli import alerts as screens

    return screens.list_alerts(options_of(ctx), state, tuple(team or ()))


@alerts.command("show")
def _alerts_show(ctx: typer.Context, ids: Ids) -> int:
    """What an alert says, who was told of it, and when."""
    from syncd.cli import alerts as screens

    return screens.show(options_of(ctx), ids)


@alerts.command("explain")
def _alerts_explain(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="As D-41.")] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Judge the same data again; exit 1 if it differs.")
    ] = False,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="As of a past day; ID or subject.")
    ] = "",
    why_not: Annotated[
        tuple[str, str],
        typer.Option("--why-not", metavar="SUBJECT RULE", help="Why a rule (or all) is silent."),
    ] = ("", ""),
) -> int:
    """Why an alert fires: evidence, formula, thresholds, causes, what would clear it."""
    from syncd.cli import explain

    request = explain.Request(ids=tuple(ids or ()), replay=replay, as_of=as_of)
    if any(why_not):
        from syncd.cli import silence

        return silence.why_not(options_of(ctx), *why_not, request)
    return explain.explain(options_of(ctx), request)


@alerts.command("ack")
def _alerts_ack(ctx: typer.Context, ids: Ids, by: By = "") -> int:
    """Say that you know: no reminders until it gets worse."""
    return _answer(ctx, ids, kind="ack", by=by)


@alerts.command("snooze")
def _alerts_snooze(
    ctx: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID… [TIME]", help="As D-41 2d, or D-41 until Friday.")
    ],
    until: Until = "",
    span: Annotated[str, typer.Option("--for", metavar="TIME", help="As 2d (working) or 3w.")] = "",
    by: By = "",
) -> int:
    """Hear nothing of it for a time, unless it gets worse.

    Without a time for two working days; days are working days of whoever answers.
    """
    return _answer(ctx, ids, kind="snooze", until=until, span=span, by=by)


@alerts.command("accept")
def _alerts_accept(
    ctx: typer.Context,
    ids: Ids,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it may be so.")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Accepted up to that day.")],
    by: By = "",
) -> int:
    """Decide that it may be so for a time."""
    return _answer(ctx, ids, kind="accept", text=reason, until=until, by=by)


@alerts.command("note")
def _alerts_note(
    ctx: typer.Context,
    ids: Ids,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    by: By = "",
) -> int:
    """Write down what others should know of it."""
    return _answer(ctx, ids, kind="note", text=text, by=by)


@alerts.command("reopen")
def _alerts_reopen(ctx: typer.Context, ids: Ids, by: By = "") -> int:
    """Take back an acknowledgement, a snooze or an acceptance."""
    return _answer(ctx, ids, kind="reopen", by=by)


@alerts.command("stop")
def _alerts_stop(ctx: typer.Context, ids: Ids, by: By = "") -> int:
    """Send a person no more mail about an alert, until it is reopened."""
    return _answer(ctx, ids, kind="stop", by=by)


@alerts.command("mails")
def _alerts_mails(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="alert, digest, …")],
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="Whose mails.")],
    on: Annotated[bool, typer.Option("--on/--off", help="Send them again, or no more.")] = True,
) -> int:
    """Turn a kind of mail off for a person, or on again."""
    from syncd.cli import answers

    return answers.turn(options_of(ctx), kind, by, on=on)


@alerts.command("feedback")
def _alerts_feedback(
    ctx: typer.Context,
    ids: Ids,
    verdict: Annotated[str, typer.Argument(metavar="useful|not-useful|known")],
    by: By = "",
) -> int:
    """Say whether it was worth telling."""
    return _answer(ctx, ids, kind="feedback", verdict=verdict, by=by)


@alerts.command("release")
def _alerts_release(ctx: typer.Context, by: By = "") -> int:
    """Let out the many alerts that are held back."""
    from syncd.cli import answers

    return answers.release(options_of(ctx), by)


def _answer(ctx: typer.Context, ids: list[str], *, kind: str, **said: str) -> int:
    from syncd.cli import answers
    from syncd.model.acts import ActKind

    return answers.answer(options_of(ctx), ids, answers.Answer(kind=ActKind(kind), **said))
