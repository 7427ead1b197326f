"""Checks across tables: whatever one table calls by name must exist in another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from pydantic import SecretStr

from syncd.alerts.audiences import WORDS
from syncd.alerts.recipients import OPERATORS, SINGLE, TEAM, TEAMS, is_known, parse
from syncd.alerts.tree import circle
from syncd.errors import ConfigError
from syncd.model.people import Role
from syncd.model.routes import ANY_SCOPE, Pace
from syncd.reconciler.resolve.selectors import require_selector
from syncd.settings.places import Path
from syncd.settings.schema import POSTGRES, WRITERS, Layout
from syncd.settings.values import SECRET, near
from syncd.settings.workdays import calendar_trouble


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong that only shows when tables are read together."""

    path: Path
    message: str
    warning: bool = False


SCOPE_KEYS = ("projects", "repos", "calendars", "holiday_calendars")
"""Keys of sources that list what is read of them, each a scope."""

FEW = 6
"""Names up to which all are listed where none is near."""

_FIELD = re.compile(r"(?:[:/])(?!(?:component|label)=)(\w+)=")
"""Something else than a component or a label by which a team would own items."""

Names = Mapping[str, list[str]]
"""Section → names of the tables that were written there, also of those with mistakes in them."""


def mistakes(layout: Layout, names: Names) -> Iterator[Mistake]:
    """Unknown names, people who cannot be reached, calendars that cannot be made."""
    checks: tuple[Callable[[Layout, Names], Iterator[Mistake]], ...] = (
        _teams, _people, _programs, _deliverables, _meetings, _calendars, _repositories, _routes,
        _sources, _links, _writers, _engine, _login, _tree, _audiences,
    )  # fmt: skip
    for check in checks:
        yield from check(layout, names)


def _engine(layout: Layout, _names: Names) -> Iterator[Mistake]:
    if layout.serve.engine == "local":
        return
    path = ("serve", "engine")
    if not layout.store.url.get_secret_value().startswith(POSTGRES):
        yield Mistake(
            path, f'several processes need a store on PostgreSQL: store.url = "{POSTGRES}…"'
        )
    if find_spec("procrastinate") is None:
        yield Mistake(path, "this needs a further library: pip install 'syncd[cluster]'")
    if _signs(layout) and not _SIGNED_BY.intersection(layout.mail or ()):
        yield Mistake(
            path,
            "each machine would sign links and reply addresses with a key of its own, which the "
            "others do not know: set mail.signing_secret (openssl rand -hex 32) on all of them",
            warning=True,
        )


def _login(layout: Layout, _names: Names) -> Iterator[Mistake]:
    """A header is no proof where it is taken from everybody."""
    open_to_all = {"0.0.0.0/0", "::/0"}.intersection(layout.serve.trusted_proxies)
    if layout.serve.login_header and open_to_all:
        yield Mistake(
            ("serve", "trusted_proxies"),
            "whoever reaches serve.bind can send the login_header and read every program: name the "
            "addresses of the proxy only",
            warning=True,
        )


_SIGNED_BY = frozenset({"signing_secret", "signing_secret_command"})


def _signs(layout: Layout) -> bool:
    """Whether a mail or page holds what must be known again."""
    mail = layout.mail or {}
    is_answered = "inbox" in mail or _plain(mail.get("actions", "none")) != "none"
    return is_answered or layout.serve.address is not None


def _unknown(
    path: Path, names: Iterable[str], known: Iterable[str], what: str
) -> Iterator[Mistake]:
    options = list(known)
    for name in names:
        if name not in options:
            hint = near(name, options)
            if not hint and 0 < len(options) <= FEW:
                hint = f"; known: {', '.join(sorted(options))}"
            yield Mistake(path, f'there is no {what} "{name}"{hint}')


def _teams(layout: Layout, names: Names) -> Iterator[Mistake]:
    taken: dict[str, str] = {}
    for name, team in layout.teams.items():
        path = ("teams", name)
        yield from _unknown((*path, "lead"), _some(team.lead), names["people"], "person")
        for index, selector in enumerate(team.owns):
            place = (*path, "owns", index)
            yield from _selector(place, selector, names)
            if found := _FIELD.search(selector):
                yield Mistake(place, f'"{found[1]}" is neither component nor label')
            if selector in taken:
                yield Mistake(place, f'"{selector}" belongs to the team "{taken[selector]}" too')
            taken.setdefault(selector, name)


def _selector(path: Path, selector: str, names: Names) -> Iterator[Mistake]:
    source, colon, rest = selector.partition(":")
    if not colon or not rest:
        yield Mistake(path, f'"{selector}" is not written as source:what, such as "jira:PAY"')
    else:
        yield from _unknown(path, [source], names["sources"], "source")


def _items(path: Path, selector: str, names: Names) -> Iterator[Mistake]:
    troubles = list(_selector(path, selector, names))
    yield from troubles
    if not troubles:
        try:
            require_selector(selector)
        except ConfigError as error:
            yield Mistake(path, f"{error}; {error.hint}")


def _people(layout: Layout, names: Names) -> Iterator[Mistake]:
    ways = ["mail", *names["notifiers"]]
    taken: dict[str, str] = {}
    for name, person in layout.people.items():
        path = ("people", name)
        if person.email is not None:
            first = taken.setdefault(person.email.casefold(), name)
            if first != name:
                yield Mistake(
                    (*path, "email"), f'is that of "{first}" too: both would be written to'
                )
        yield from _unknown((*path, "team"), _some(person.team), names["teams"], "team")
        yield from _unknown((*path, "programs"), person.programs, names["programs"], "program")
        yield from _unknown((*path, "accounts"), person.accounts, names["sources"], "source")
        yield from _unknown((*path, "notifiers"), person.notifiers, ways, "notifier")
        by_mail = {"mail"} | {n for n, way in layout.notifiers.items() if way.kind == "email"}
        if person.email is None and by_mail & set(person.notifiers):
            yield Mistake((*path, "email"), "is required, since mail is how they are told")


def _programs(layout: Layout, names: Names) -> Iterator[Mistake]:
    for name, program in layout.programs.items():
        path = ("programs", name)
        yield from _unknown((*path, "teams"), program.teams, names["teams"], "team")
        for role, people in program.stakeholders.items():
            place = (*path, "stakeholders", str(role))
            yield from _unknown(place, people, names["people"], "person")
        for index, selector in enumerate(program.milestones):
            yield from _items((*path, "milestones", index), selector, names)


def _deliverables(layout: Layout, names: Names) -> Iterator[Mistake]:
    taken = {name: name for name, one in layout.deliverables.items() if not one.formerly}
    for name, deliverable in layout.deliverables.items():
        path = ("deliverables", name)
        yield from _unknown((*path, "teams"), deliverable.teams, names["teams"], "team")
        yield from _unknown((*path, "owner"), _some(deliverable.owner), names["people"], "person")
        before = deliverable.formerly or name
        if (first := taken.setdefault(before, name)) != name:
            whose = "is a deliverable of its own" if first == before else f'is what "{first}" was'
            yield Mistake((*path, "formerly"), f'"{before}" {whose}; one of them had another name')
        for key, selectors in (("match", deliverable.match), ("gates", deliverable.gates)):
            for index, selector in enumerate(selectors):
                yield from _items((*path, key, index), selector, names)


def _meetings(layout: Layout, names: Names) -> Iterator[Mistake]:
    for name, meeting in layout.meetings.items():
        path = ("meetings", name)
        yield from _items((*path, "match"), meeting.match, names)
        yield from _unknown((*path, "teams"), meeting.teams, names["teams"], "team")
        yield from _unknown((*path, "programs"), meeting.programs, names["programs"], "program")


def _calendars(layout: Layout, names: Names) -> Iterator[Mistake]:
    for name, calendar in layout.calendars.items():
        if calendar.subdivision and not calendar.country:
            yield Mistake(("calendars", name, "subdivision"), "needs a country beside it")
        elif calendar.country:
            trouble = calendar_trouble(calendar.country, calendar.subdivision)
            yield from _trouble(("calendars", name, "country"), trouble)
        if len(calendar.weekend) == 7 and not calendar.days_on:
            yield Mistake(("calendars", name, "weekend"), "leaves no day to work")
    used: list[tuple[Path, str]] = [(("calendar",), layout.calendar)]
    used += [(("teams", name, "calendar"), team.calendar) for name, team in layout.teams.items()]
    for path, text in used:
        if text and text not in names["calendars"]:
            country, _, subdivision = text.partition("-")
            trouble = calendar_trouble(country, subdivision or None)
            yield from _trouble(path, trouble and f"{trouble}, and no table [calendars.{text}]")


def _repositories(layout: Layout, names: Names) -> Iterator[Mistake]:
    mapped = {one.casefold(): to.casefold() for one, to in layout.mapped_repos.items()}
    told: set[str] = set()
    for repository, project in layout.mapped_repos.items():
        yield from _selector(("mapped_repos", repository), repository, names)
        yield from _selector(("mapped_repos", repository), project, names)
        circle = _circle(mapped, repository.casefold())
        if circle and not told.intersection(circle):
            told.update(circle)
            written = {one.casefold(): one for one in layout.mapped_repos}
            way = " → ".join(written[one] for one in (*circle, circle[0]))
            yield Mistake(("mapped_repos", repository), f"goes round in a circle: {way}")


def _circle(ways: Mapping[str, str], start: str) -> list[str]:
    """The stations from `start` back to it; [] where the way does not come back."""
    walked = [start]
    while (following := ways.get(walked[-1])) is not None:
        if following == start:
            return walked
        if following in walked:
            return []
        walked.append(following)
    return []


def _routes(layout: Layout, names: Names) -> Iterator[Mistake]:
    """Drift of which nobody would hear: allowed, but said."""
    if any(len(getattr(layout, section)) < len(names[section]) for section in ("people", "teams")):
        return
    reached = {person.team for person in layout.people.values()}
    reached |= {name for name, team in layout.teams.items() if team.lead}
    covered: set[str] = set()
    for name, program in layout.programs.items():
        told = any(program.stakeholders.values()) or any(
            name in person.programs for person in layout.people.values()
        )
        covered |= set(program.teams) if told else set()
        if not told:
            yield Mistake(("programs", name), "nobody is told of its drift", warning=True)
    for name in layout.teams:
        if name not in reached and name not in covered:
            yield Mistake(("teams", name), "nobody is told of its drift", warning=True)
    tells_by_mail = any("mail" in person.notifiers for person in layout.people.values())
    if tells_by_mail and layout.mail is None:
        yield Mistake(("people",), "are told by mail, but there is no [mail] table", warning=True)


def _tree(layout: Layout, names: Names) -> Iterator[Mistake]:
    """The routing tree: no unknown name, no circle, and a warning for a route to nobody."""
    for name, route in layout.routes.items():
        path = ("routes", name)
        yield from _unknown((*path, "within"), _some(route.within), names["routes"], "route")
        yield from _unknown((*path, "program"), route.program, names["programs"], "program")
        yield from _unknown((*path, "team"), route.team, names["teams"], "team")
        yield from _unknown((*path, "owner"), route.owner, names["people"], "person")
        for index, word in enumerate(route.to or ()):
            yield from _recipient((*path, "to", index), word, names)
        if route.to and route.when is not Pace.DROP and not any(_reaches(layout, route.to)):
            yield Mistake((*path, "to"), "nobody is told by this route", warning=True)
    within = {name: route.within or "" for name, route in layout.routes.items()}
    if found := circle(within):
        yield Mistake(("routes", found[0], "within"), f"goes in a circle: {' within '.join(found)}")


def _recipient(path: Path, word: str, names: Names) -> Iterator[Mistake]:
    try:
        one = parse(word)
    except ValueError as error:
        yield Mistake(path, str(error))
        return
    if not is_known(one, names["people"], names["teams"], names["programs"]):
        known = [*names["people"], *SINGLE]
        if one.role is not None:
            known = [*names["programs"], *(names["teams"] if one.role is Role.LEAD else ())]
        yield from _unknown(path, [one.name], known, "recipient")


def _reaches(layout: Layout, words: Iterable[str]) -> Iterator[bool]:
    """Of each recipient whether there is anybody who could be meant."""
    people = layout.people
    for word in words:
        left, of, name = word.partition(" of ")
        if not of:
            is_operated = any(person.operator for person in people.values())
            yield word != OPERATORS or is_operated
            continue
        role, named = Role(left) if left in {str(role) for role in Role} else None, name.strip()
        teams = [named] if named in layout.teams else list(layout.teams)
        leads = {name for name in teams if layout.teams[name].lead}
        leads |= {one.team for one in people.values() if one.role is Role.LEAD and one.team}
        if role is Role.LEAD and (named in (TEAM, TEAMS) or named in layout.teams):
            yield not leads.isdisjoint(teams)
        else:
            programs = [named] if named in layout.programs else list(layout.programs)
            yield any(_has(layout, name, role) for name in programs)


def _has(layout: Layout, program: str, role: Role | None) -> bool:
    """Whether somebody of this role follows the program."""
    named = {
        who: as_ for as_, many in layout.programs[program].stakeholders.items() for who in many
    }
    return role in named.values() or any(
        one.role is role and (who in named or program in one.programs)
        for who, one in layout.people.items()
    )


def _audiences(layout: Layout, names: Names) -> Iterator[Mistake]:
    """Who may see what: a misspelt name would show it to others, or to nobody."""
    known = [*names["people"], *names["teams"], *WORDS]
    for name, source in layout.sources.items():
        listed = [str(one) for key in SCOPE_KEYS for one in source.options.get(key) or ()]
        is_whole = bool(listed) and not source.options.get("discover")
        for scope, members in source.audience.items():
            path = ("sources", name, "audience", scope)
            yield from _unknown(path, members, known, "team, person or role")
            if is_whole:
                yield from _unknown(path, [scope], [*listed, ANY_SCOPE], "part of this source")


def _sources(_: Layout, names: Names) -> Iterator[Mistake]:
    if not names["sources"]:
        yield Mistake(("sources",), "none is configured, so nothing is watched", warning=True)


def _writers(layout: Layout, names: Names) -> Iterator[Mistake]:
    """What writes on items of a source has a credential of its own, so that reading has none."""
    read = {
        value: f"sources.{name}.{key}"
        for name, source in layout.sources.items()
        for key, value in _credentials(source.options)
    }
    writers = {name: one for name, one in layout.notifiers.items() if one.kind in WRITERS}
    for name, notifier in writers.items():
        source, programs = notifier.options.get("source"), notifier.options.get("programs")
        if isinstance(source, SecretStr | str):
            wanted = [_plain(source)]
            yield from _unknown(("notifiers", name, "source"), wanted, names["sources"], "source")
        if isinstance(programs, list | tuple):
            wanted = [_plain(one) for one in programs]
            place = ("notifiers", name, "programs")
            yield from _unknown(place, wanted, names["programs"], "program")
        for key, value in _credentials(notifier.options):
            if value in read:
                yield Mistake(
                    ("notifiers", name, key),
                    f"is the same secret as {read[value]}: make a second credential for writing, "
                    "so that the one that reads can change nothing",
                )


def _credentials(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, secret, or the command that tells it)."""
    for key, value in options.items():
        told = key.removesuffix("_command")
        if SECRET.search(told) and isinstance(value, SecretStr | str | list):
            text = value if isinstance(value, list) else _plain(value).strip()
            yield key, json.dumps([_plain(one) for one in text] if text is value else text)


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _links(layout: Layout, _: Names) -> Iterator[Mistake]:
    if _plain((layout.mail or {}).get("actions")) == "link" and not layout.serve.public_url:
        yield Mistake(("mail", "actions"), '"link" needs serve.public_url, where the page is')


def _trouble(path: Path, trouble: str) -> Iterator[Mistake]:
    if trouble:
        yield Mistake(path, trouble)


def _some(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()
