"""The questions of `syncd init`, each step tested and saved before the next is asked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from getpass import getpass

from syncd.cli.draft import Draft, Section, name_of
from syncd.model.people import Role

Save = Callable[[Section], bool]
"""Test and save; False when the test failed."""


def ask_all(draft: Draft, save: Save) -> None:
    """Ask for sources, teams, people and mail."""
    _jira(draft, save)
    _github(draft, save)
    _calendars(draft, save)
    _teams(draft, save)
    _people(draft, save)
    _mail(draft, save)


def _jira(draft: Draft, save: Save) -> None:
    if _known(draft, "sources", "jira", step="1/5 Jira"):
        return
    while url := _ask("1/5 Address of Jira (empty: none)"):
        # Asked of every address: Jira Cloud may stand behind a name of its own.
        user = _ask("    E-mail address of the token's account (Jira Cloud; empty: Data Center)")
        token = _hidden("    Token")
        projects = _many("    Projects, such as PAY LED MOB")
        table = {"kind": "jira", "url": url, "projects": [key.upper() for key in projects]}
        table |= {"user": user} if user else {}
        if save(Section(path=("sources", "jira"), table=table, secrets={"token": token})):
            return


def _github(draft: Draft, save: Save) -> None:
    if _known(draft, "sources", "github", step="2/5 GitHub"):
        return
    while repos := _many("2/5 GitHub repositories, such as acme/ledger (empty: none)"):
        token = _hidden("    Token")
        table = {"kind": "github", "repos": repos}
        if save(Section(path=("sources", "github"), table=table, secrets={"token": token})):
            return


def _calendars(draft: Draft, save: Save) -> None:
    if _known(draft, "sources", "calendar", step="3/5 Google Calendar"):
        return
    while calendars := _many("3/5 Google calendar ids (empty: none)"):
        path = _ask("    File with the JSON key of a service account")
        try:
            with open(path, encoding="utf-8") as stream:  # noqa: PTH123 - a path as typed
                key = stream.read().strip()
        except OSError as error:
            _say(f"    ✗ {path}: {error.strerror}")
            continue
        table = {"kind": "google_calendar", "calendars": calendars}
        secrets = {"credentials": key}
        if save(Section(path=("sources", "calendar"), table=table, secrets=secrets)):
            return


def _teams(draft: Draft, save: Save) -> None:
    sources = draft.held().get("sources", {})
    guessed = [(key, f"jira:{key}") for key in sources.get("jira", {}).get("projects", [])]
    if not guessed:
        repos = sources.get("github", {}).get("repos", [])
        guessed = [(repo.partition("/")[2], f"github:{repo}") for repo in repos]
    for label, selector in guessed:
        if draft.has(("teams", name_of(label))):
            continue
        while name := _ask(f"4/5 Name of the team that owns {selector} (empty: none)"):
            more = _many("    What else is theirs, such as github:acme/ledger (empty: nothing)")
            table = {"name": name, "owns": [selector, *more]}
            if save(Section(path=("teams", name_of(label)), table=table)):
                break


def _people(draft: Draft, save: Save) -> None:
    while email := _ask("5/5 Mail address of somebody to be told (empty: no more)"):
        if not re.fullmatch(r"[^\s@]+@[^\s@]+", email):
            _say("    ✗ is not a mail address such as dana@example.com")
            continue
        name = _ask("    Name") or email
        role = _role()
        table: dict[str, object] = {"name": name, "email": email, "role": role}
        teams = list(draft.held().get("teams", {}))
        if role in ("lead", "engineer") and teams:
            team = _ask(f"    Team: {', '.join(teams)} (empty: none)")
            table |= {"team": team} if team in teams else {}
        elif teams and not draft.has(("programs", "main")):
            main = {"name": _ask("    Name of the program") or "Main", "teams": teams}
            save(Section(path=("programs", "main"), table=main))
        if role in ("tpm", "exec") and draft.has(("programs", "main")):
            table["programs"] = ["main"]
        table |= {"operator": True} if not draft.held().get("people") else {}
        save(Section(path=("people", name_of(email.partition("@")[0])), table=table))


def _role() -> str:
    while True:
        answer = _ask("    Role: tpm, lead, engineer or exec [tpm]") or "tpm"
        if answer in set(Role):
            return answer
        _say(f"    ✗ {answer} is none of these")


def _mail(draft: Draft, save: Save) -> None:
    if draft.has(("mail",)):
        return
    while True:
        host = _ask("    Mail server, host or host:port (empty: write mails as files)")
        if not host:
            save(mail_section("syncd <syncd@localhost>", "", "", ""))
            return
        sender = _ask("    From, such as syncd <syncd@example.com>")
        user = _ask("    User (empty: none)")
        password = _hidden("    Password") if user else ""
        if save(mail_section(sender, host, user, password)):
            return


def mail_section(sender: str, host: str, user: str, password: str) -> Section:
    """`[mail]`: a server, or a folder of `.eml` files where no host is given."""
    if not host:
        return Section(path=("mail",), table={"from": sender, "to_outbox": True})
    name, _, port = host.partition(":")
    smtp: dict[str, object] = {"host": name}
    smtp |= {"port": int(port)} if port.isdecimal() else {}
    smtp |= {"user": user} if user else {}
    secrets = {"smtp__password": password} if password else {}
    return Section(path=("mail",), table={"from": sender, "smtp": smtp}, secrets=secrets)


def _known(draft: Draft, *path: str, step: str) -> bool:
    if draft.has(path):
        _say(f"{step}: [{'.'.join(path)}] is there already, kept")
        return True
    return False


def _ask(question: str) -> str:
    sys.stderr.write(f"{question}: ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise KeyboardInterrupt
    return answer.strip()


def _many(question: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", _ask(question)) if word]


def _hidden(question: str) -> str:
    while True:
        answer = getpass(f"{question} (input hidden): ", stream=sys.stderr).strip()
        if answer:
            return answer


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
