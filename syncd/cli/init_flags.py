"""The flags of `syncd init`; every question of the wizard has one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from syncd.cli.options import Options


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag; `name` is the field of `Answers` that it fills."""

    name: str
    metavar: str
    help: str
    many: bool = False
    default: str = ""

    @property
    def parameter(self) -> inspect.Parameter:
        """As typer reads it from a function."""
        kind: Any = bool if not self.metavar else list[str] | None if self.many else str
        default: Any = False if not self.metavar else None if self.many else self.default
        singular = {"people": "person"}.get(self.name, self.name.removesuffix("s"))
        written = "--" + (singular if self.many else self.name).replace("_", "-")
        option = typer.Option(written, metavar=self.metavar or None, help=self.help)
        return inspect.Parameter(
            self.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=default,
            annotation=Annotated[kind, option],
        )


FLAGS = (
    Flag("directory", "DIR", "Folder to write to.", default="config"),
    Flag("timezone", "ZONE", "As Europe/Berlin."),
    Flag("jira_url", "URL", "Address of the site."),
    Flag("jira_user", "MAIL", "Cloud: mail of the account."),
    Flag("jira_projects", "KEY", "Repeatable.", many=True),
    Flag("jira_token_file", "FILE", "File with the token; - is stdin."),
    Flag("github_repos", "REPO", "owner/name; repeatable.", many=True),
    Flag("github_url", "URL", "API, if not github.com."),
    Flag("github_token_file", "FILE", "File with the token; - is stdin."),
    Flag("calendars", "ID", "Calendar id; repeatable.", many=True),
    Flag("calendar_url", "URL", "API, if not Google's."),
    Flag("calendar_key_file", "FILE", "JSON key of a service account."),
    Flag("files", "FILE", "Export to read; repeatable.", many=True),
    Flag("teams", "TEAM", "Payments=jira:PAY,github:acme/pay", many=True),
    Flag("people", "PERSON", '"Dana Li <dana@example.com>:tpm"', many=True),
    Flag("program", "NAME", "Of all --team."),
    Flag("mail_from", "ADDRESS", "Sender of mails."),
    Flag("smtp", "HOST", "HOST or HOST:PORT."),
    Flag("smtp_user", "USER", "Who signs in there."),
    Flag("smtp_password_file", "FILE", "File with the password; - is stdin."),
    Flag("outbox", "", "Write mails as .eml files."),
    Flag("no_check", "", "Save untested."),
)


def init_command() -> Callable[..., int]:
    """The command as a function whose signature holds all flags."""

    def init(ctx: typer.Context, **given: Any) -> int:
        """Write a working configuration, step by step or from flags; adds, never overwrites."""
        from syncd.cli.init import Answers
        from syncd.cli.init import init as write

        options = ctx.find_root().obj
        if not isinstance(options, Options):
            raise TypeError("the command line was called without its options")
        many = {flag.name: tuple(given[flag.name] or ()) for flag in FLAGS if flag.many}
        return write(options, Answers(**(given | many)))

    context = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    parameters = [context, *(flag.parameter for flag in FLAGS)]
    init.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    init.__annotations__ = {each.name: each.annotation for each in parameters}
    return init
