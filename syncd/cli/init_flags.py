"""The flags of `syncd init`; every question of the wizard has one."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.options import Options

Many = list[str] | None


def init_command(  # noqa: PLR0917 - each flag is an argument
    ctx: typer.Context,
    directory: Annotated[
        str, typer.Option("--directory", metavar="DIR", help="Folder to write to.")
    ] = "config",
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="As Europe/Berlin.")
    ] = "",
    jira_url: Annotated[
        str, typer.Option("--jira-url", metavar="URL", help="Address of the site.")
    ] = "",
    jira_user: Annotated[
        str, typer.Option("--jira-user", metavar="MAIL", help="Cloud: account's mail.")
    ] = "",
    jira_project: Annotated[
        Many, typer.Option("--jira-project", metavar="KEY", help="Key; repeatable.")
    ] = None,
    jira_token_file: Annotated[
        str,
        typer.Option("--jira-token-file", metavar="FILE", help="File with the token; - is stdin."),
    ] = "",
    github_repo: Annotated[
        Many, typer.Option("--github-repo", metavar="REPO", help="owner/name; repeatable.")
    ] = None,
    github_url: Annotated[
        str, typer.Option("--github-url", metavar="URL", help="API, if not github.com.")
    ] = "",
    github_token_file: Annotated[
        str,
        typer.Option(
            "--github-token-file", metavar="FILE", help="File with the token; - is stdin."
        ),
    ] = "",
    calendar: Annotated[
        Many, typer.Option("--calendar", metavar="ID", help="Calendar id; repeatable.")
    ] = None,
    calendar_url: Annotated[
        str, typer.Option("--calendar-url", metavar="URL", help="Other API address.")
    ] = "",
    calendar_key_file: Annotated[
        str,
        typer.Option("--calendar-key-file", metavar="FILE", help="JSON key of a service account."),
    ] = "",
    file: Annotated[
        Many, typer.Option("--file", metavar="FILE", help="Export to read; repeatable.")
    ] = None,
    team: Annotated[
        Many,
        typer.Option(
            "--team", metavar="TEAM", help="Payments=jira:PAY,github:acme/pay; repeatable."
        ),
    ] = None,
    person: Annotated[
        Many,
        typer.Option(
            "--person", metavar="PERSON", help='"Dana Li <dana@example.com>:tpm"; repeatable.'
        ),
    ] = None,
    program: Annotated[
        str, typer.Option("--program", metavar="NAME", help="Name; of all --team.")
    ] = "",
    mail_from: Annotated[
        str, typer.Option("--mail-from", metavar="ADDRESS", help="Sender of mails.")
    ] = "",
    smtp: Annotated[str, typer.Option("--smtp", metavar="HOST", help="HOST or HOST:PORT.")] = "",
    smtp_user: Annotated[
        str, typer.Option("--smtp-user", metavar="USER", help="Who signs in there.")
    ] = "",
    smtp_password_file: Annotated[
        str, typer.Option("--smtp-password-file", metavar="FILE", help="File with the password.")
    ] = "",
    outbox: Annotated[bool, typer.Option("--outbox", help="Write mails as .eml files.")] = False,
    no_check: Annotated[bool, typer.Option("--no-check", help="Save untested.")] = False,
) -> int:
    """Write a working configuration, step by step or from flags; adds, never overwrites."""
    from syncd.cli.init import Answers, init

    options = ctx.find_root().obj
    if not isinstance(options, Options):
        raise TypeError("the command line was called without its options")
    answers = Answers(
        directory=directory, timezone=timezone, jira_url=jira_url, jira_user=jira_user,
        jira_projects=tuple(jira_project or ()), jira_token_file=jira_token_file,
        github_url=github_url, github_repos=tuple(github_repo or ()),
        github_token_file=github_token_file, calendar_url=calendar_url,
        calendars=tuple(calendar or ()), calendar_key_file=calendar_key_file,
        files=tuple(file or ()), teams=tuple(team or ()), people=tuple(person or ()),
        program=program, mail_from=mail_from, smtp=smtp, smtp_user=smtp_user,
        smtp_password_file=smtp_password_file, outbox=outbox, no_check=no_check,
    )  # fmt: skip
    return init(options, answers)
