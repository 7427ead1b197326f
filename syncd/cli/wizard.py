"""The questions of `syncd init`, each step tested and saved before the next is asked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import Any

from syncd.cli.draft import Draft, Section, name_of
from syncd.cli.screen import clean, wrapped
from syncd.discovering import Found
from syncd.model.people import Role

Save = Callable[[Section], bool]
"""Test and save; False when the test failed."""

See = Callable[[Section], Sequence[Found] | None]
"""What a source with this credential shows; None when it was refused, which was told."""

MOST_SHOWN = 40
GITHUB = ("sources", "github")
PLACES = ("jira", "github", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wizard:
    """The questions, over one draft. `see` and `save` test what was answered."""

    draft: Draft
    save: Save
    see: See
    github_url: str = ""
    calendar_url: str = ""
    names: dict[str, str] = field(default_factory=dict)
    """Key of a project → its name, as far as it was shown."""

    def ask_all(self) -> None:
        """Ask for sources, teams, people and mail."""
        self._issues()
        self._repositories()
        self._calendars()
        _teams(self.draft, self.save, self.names)
        _people(self.draft, self.save)
        self._mail()

    def _issues(self) -> None:
        if _known(self.draft, "sources", "jira", step="1/5 Jira"):
            return
        usual = "github" if self.draft.has(GITHUB) else "jira"
        while (where := _place(usual)) != "none":
            if where == "jira" and self._jira():
                return
            if where == "github" and (self.draft.has(GITHUB) or self._github()):
                _say("    Their due dates are those of milestones; fields of GitHub Projects that")
                _say("    hold dates are named in sources.github.project_fields")
                return

    def _jira(self) -> bool:
        while url := _ask("    Address of Jira (empty: back)"):
            # Asked of every address: Jira Cloud may stand behind a name of its own.
            user = _ask("    Jira Cloud: mail address of the token's account (else empty)")
            table = {"kind": "jira", "url": url} | ({"user": user} if user else {})
            if self._source("jira", table, "projects", {"token": self._hidden("Token")}):
                return True
        return False

    def _repositories(self) -> None:
        if ".".join(GITHUB) in self.draft.added:
            _say("2/5 Repositories: those of step 1, with their pull requests")
            return
        if _known(self.draft, *GITHUB, step="2/5 GitHub"):
            return
        while _yes("2/5 Read GitHub?"):
            if self._github():
                return

    def _github(self) -> bool:
        url = self.github_url or _ask("    Address of its API (empty: github.com)")
        table = {"kind": "github"} | ({"url": url} if url else {})
        return self._source("github", table, "repos", {"token": self._hidden("Token")})

    def _calendars(self) -> None:
        if _known(self.draft, "sources", "calendar", step="3/5 Google Calendar"):
            return
        question = "3/5 Google Calendar: key file of a service account (empty: none)"
        while path := _ask(question):
            try:
                key = Path(path).expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                _say(f"    ✗ {path}: {getattr(error, 'strerror', 'is not UTF-8 text')}")
                continue
            table = {"kind": "google_calendar"}
            table |= {"url": self.calendar_url} if self.calendar_url else {}
            if self._source("calendar", table, "calendars", {"credentials": key}):
                return

    def _mail(self) -> None:
        if self.draft.has(("mail",)):
            return
        while True:
            host = _ask("    Mail server, host or host:port (empty: write mails as files)")
            if not host:
                self.save(mail_section("syncd <syncd@localhost>", "", "", ""))
                return
            sender = _ask("    From, such as syncd <syncd@example.com>")
            user = _ask("    User (empty: none)")
            password = self._hidden("Password") if user else ""
            if self.save(mail_section(sender, host, user, password)):
                return

    def _hidden(self, what: str) -> str:
        kept = self.draft.directory / "secrets"
        while True:
            question = f"    {what} (input hidden; kept in {kept}, mode 600): "
            if answer := getpass(question, stream=sys.stderr).strip():
                return answer

    def _source(
        self, name: str, table: dict[str, Any], key: str, secrets: Mapping[str, str]
    ) -> bool:
        """Look what the credential sees, let the person choose, test and save."""
        path = ("sources", name)
        found = self.see(Section(path=path, table=table, secrets=secrets))
        if found is None:
            return False
        self.names.update({one.id: one.name for one in found})
        chosen = _choice(found)
        if not chosen:
            return False
        return self.save(Section(path=path, table=table | {key: chosen}, secrets=secrets))


def _choice(found: Sequence[Found]) -> list[str]:
    """Ids of what was picked by number, id or `*`; others are taken as typed and tested later."""
    shown = sorted(found, key=lambda one: -(one.open or 0))[:MOST_SHOWN]
    for number, one in enumerate(shown, 1):
        name = "" if one.name == one.id else f" {clean(one.name)}"
        told = "" if one.open is None else f"  {one.open} open"
        note = f"  ({one.note})" if one.note else ""
        _say(f"    {number:>3}  {clean(one.id)}{name}{told}{note}")
    if len(found) > len(shown):
        _say(f"         and {len(found) - len(shown)} more, to be named")
    which = "Which are of this program: numbers, names or *"
    picked: list[str] = []
    for word in _many(f"    {which if shown else 'It lists none: name them'} (empty: back)"):
        if word == "*":
            picked += [one.id for one in found]
        elif word.isdecimal() and 1 <= int(word) <= len(shown):
            picked.append(shown[int(word) - 1].id)
        else:
            ids = {one.id.casefold(): one.id for one in found}
            picked.append(ids.get(word.casefold(), word))
    return list(dict.fromkeys(picked))


def _teams(draft: Draft, save: Save, names: Mapping[str, str]) -> None:
    for label, owns in guessed(draft.held().get("sources", {}), names):
        teams = draft.held().get("teams", {})
        if {each for team in teams.values() for each in team.get("owns", ())}.issuperset(owns):
            continue
        for number, line in enumerate(wrapped(f"4/5 Team of {', '.join(owns)}", 76)):
            _say(f"{'    ' if number else ''}{line}")
        while name := _ask(f"    Its name (-: no team) [{label}]") or label:
            if name == "-":
                break
            if draft.has(("teams", name_of(name))):
                _say(f"    ✗ there is a team {name} already; give another name")
                continue
            more = _many("    More of theirs, as github:acme/ledger (empty: none)")
            table = {"name": name, "owns": [*owns, *more]}
            if save(Section(path=("teams", name_of(name)), table=table)):
                break


def guessed(sources: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """(name of a team, what it owns): one a project with the repositories that are called alike.

    Without projects one a repository.
    """
    repos: list[str] = list(sources.get("github", {}).get("repos", []))
    teams = []
    for key in sources.get("jira", {}).get("projects", []):
        label = names.get(key, key)
        alike = [repo for repo in repos if _alike(repo.partition("/")[2], key, label)]
        repos = [repo for repo in repos if repo not in alike]
        teams.append((label, [f"jira:{key}", *(f"github:{repo}" for repo in alike)]))
    return teams or [(repo.partition("/")[2], [f"github:{repo}"]) for repo in repos]


def _alike(repo: str, key: str, label: str) -> bool:
    words = re.split(r"[^a-z0-9]+", repo.casefold())
    return key.casefold() in words or name_of(label) in name_of(repo)


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
            while team := _ask(f"    Team: {', '.join(teams)} (empty: none)"):
                if team in teams:
                    table["team"] = team
                    break
                _say(f"    ✗ {team} is none of these")
        elif teams and not draft.has(("programs", "main")):
            main = {"name": _ask("    Name of the program") or "Main", "teams": teams}
            save(Section(path=("programs", "main"), table=main))
        if role in ("tpm", "exec") and draft.has(("programs", "main")):
            table["programs"] = ["main"]
        table |= {"operator": True} if not draft.held().get("people") else {}
        save(Section(path=("people", name_of(email.partition("@")[0])), table=table))


def _place(usual: str) -> str:
    return _one_of("1/5 Where do issues live: jira, github or none", PLACES, usual)


def _role() -> str:
    return _one_of("    Role: tpm, lead, engineer or exec", [str(role) for role in Role], "tpm")


def _one_of(question: str, known: Sequence[str], usual: str) -> str:
    while True:
        answer = _ask(f"{question} [{usual}]").casefold() or usual
        if answer in known:
            return answer
        _say(f"    ✗ {answer} is none of these")


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


def _yes(question: str) -> bool:
    return _ask(f"{question} [y/N]").casefold() in ("y", "yes")


def _many(question: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", _ask(question)) if word]


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
