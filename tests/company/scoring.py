"""A company lived through day by day with the real store, engine, alert life and mail; and scored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import mean

from agreeing import disagreements
from firm import DAYS, SOURCES, Company
from plants import build
from post import Post, post
from silent import Silent
from truth import Drift, Innocent, Truth

from syncd import plugins
from syncd.app import App
from syncd.cli.entry import run_command
from syncd.errors import AuthError
from syncd.interfaces import INTERFACE, Check, Page
from syncd.model.alerts import AlertState, Reason
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity
from syncd.model.links import LinkDecision
from syncd.model.snapshot import Scope
from syncd.reading import Source
from syncd.reconciler.rules import RULES
from syncd.settings import load

EVENING = timedelta(hours=12)
PLAIN = WorkingCalendar()
BY_CHANCE = ("date-doubtful",)
"""Rules that speak of how dates fared before: on dates that will hold they speak as well, but only
as information, which they give below even odds."""
PRECISION = 0.7
"""Share of all that fires, also by chance, which something planted explains."""
PER_CAUSE = 1.15
"""Alerts that people may be told for a planted cause, at the mean: the same work may first be
likely late and then late, and its scope may be why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An alert that came up, and whether people were to hear of it by itself."""

    finding: Finding
    on: date
    told: bool


@dataclass
class Life:
    """What syncd did in the days that were lived."""

    opened: list[Opened] = field(default_factory=list)
    post: Post = field(init=False)
    otherwise: list[str] = field(default_factory=list)
    """Alerts of which judging their day again says something else."""


def live(company: Company, folder: Path, *, again: bool) -> Life:
    """Let syncd follow the company for `DAYS` working days, a run a day; `again`: judge them anew."""
    path = folder / "syncd.toml"
    path.write_text(company.configuration(), encoding="utf-8")
    settings, life = load(path, {}, catalog=plugins), Life()
    seen: set[tuple[str, int]] = set()
    with App(settings, now=company.run(0), own=True) as app:
        for number in range(DAYS):
            now = company.run(number)
            company.office.until(now)
            app.sources = _sources(company, now.date())
            _reject(company, app, now)
            report = app.run_once(now, progress=Silent(), only_due=True)
            assert not report.reconciled.evaluation.failures
            for one in report.transitions:
                place = (one.alert.fingerprint, one.alert.episode)
                if one.alert.state is AlertState.FIRING and place not in seen:
                    seen.add(place)
                    told = one.told and one.reason is Reason.OPENED
                    life.opened.append(Opened(one.alert.finding, now.date(), told))
            app.deliver(now + EVENING)
        life.post = post(app, DAYS / 5)
        ids = [one.id for one in app.store.alerts()]
    if again:
        life.otherwise = list(_otherwise(path, ids))
    return life


def _otherwise(configuration: Path, ids: list[str]) -> Iterator[str]:
    explain = ["-c", str(configuration), "-f", "json", "alerts", "explain", *ids, "--replay"]
    with redirect_stdout(StringIO()) as said:
        run_command(explain)
    for one in json.loads(said.getvalue())["alerts"]:
        if one["replay"]["verdict"] == "it differs":
            yield f"{one['id']}: {'; '.join(one['replay']['differences'])}"


@dataclass
class Desk:
    """A connector: one of the company's tools, read as it is on that day."""

    company: Company
    source: str
    on: date
    interface = INTERFACE

    def scopes(self) -> tuple[str, ...]:
        return self.company.office.scopes(self.source)

    def check(self) -> Iterator[Check]:
        yield from ()

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        if self.company.outages.get(self.on) == self.source:
            raise AuthError("the token was refused", source=self.source, scope=scope)
        source, named = self.company.losses.get(self.on, ("", None))
        listed = named if source == self.source else None
        yield self.company.office.read(Scope(self.source, scope), listed)

    def close(self) -> None: ...

    @property
    def meter(self) -> Desk:
        return self

    requests = 1
    budget = None

    def skew(self, now: datetime, monotonic: float) -> float | None:
        source, seconds = self.company.skews.get(self.on, ("", 0))
        return float(seconds) if source == self.source else 0.0


def _sources(company: Company, on: date) -> tuple[Source, ...]:
    return tuple(Source(name=name, build=partial(Desk, company, name, on)) for name in SOURCES)


def _reject(company: Company, app: App, now: datetime) -> None:
    """Somebody says what is no dependency, shortly before the run."""
    for at, dependant, prerequisite in company.decisions:
        if now - timedelta(days=4) < at <= now:
            said = LinkDecision(
                dependant=dependant, prerequisite=prerequisite, accepted=False, at=at, by="dana"
            )
            app.store.decide_link(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The score of one rule."""

    rule: str
    planted: int
    found: int
    innocents: int
    accused: int
    fired: int
    right: int
    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How syncd did, held against the truth."""

    lines: tuple[Line, ...]
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    per_cause: float
    """Alerts told for each planted cause, at the mean."""
    doubled: tuple[str, ...]
    """Causes of which more than one alert was told."""

    @property
    def precision(self) -> float:
        """Share of all that fired which something planted explains."""
        return sum(one.right for one in self.lines) / sum(one.fired for one in self.lines)

    def table(self) -> str:
        """The score in words, a line for each rule."""
        head = f"{'rule':<18}{'planted':>8}{'recall':>8}{'innocent':>9}{'accused':>8}"
        rows = [f"{head}{'fired':>7}{'precision':>10}{'delay':>7}"]
        rows += [
            f"{one.rule:<18}{one.planted:>8}{_share(one.found, one.planted):>8}"
            f"{one.innocents:>9}{one.accused:>8}{one.fired:>7}"
            f"{_share(one.right, one.fired):>10}{one.delay:>7.1f}"
            for one in self.lines
        ]
        rows.append(
            f"precision of all {self.precision:.3f}; alerts told for a cause {self.per_cause:.2f}"
        )
        return "\n".join(rows)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def score(company: Company, life: Life, rules: list[str]) -> Score:
    """Every alert that came up, held against every drift and every innocent."""
    truth = company.truth
    right = [one for one in life.opened if _explained(truth, one)]
    found = {id(drift): _found(drift, life) for drift in truth.drifts}
    lines = []
    for rule in rules:
        drifts = [one for one in truth.drifts if one.rule == rule]
        innocents = [one for one in truth.innocents if one.rule == rule]
        hits = [found[id(one)] for one in drifts]
        lines.append(
            Line(
                rule=rule,
                planted=len(drifts),
                found=sum(one is not None for one in hits),
                innocents=len(innocents),
                accused=sum(_accused(one, life) for one in innocents),
                fired=sum(one.finding.rule == rule for one in life.opened),
                right=sum(one.finding.rule == rule for one in right),
                delay=mean([one for one in hits if one is not None] or [0]),
            )
        )
    told = {f"{one.case} ({one.subject})": _told(one, life) for one in truth.drifts}
    return Score(
        lines=tuple(lines),
        missed=tuple(_missed(one, life) for one in truth.drifts if found[id(one)] is None),
        wrong=tuple(
            _wrong(one, company)
            for one in life.opened
            if one not in right and not _is_by_chance(truth, one)
        ),
        per_cause=mean(map(len, told.values())),
        doubled=tuple(f"{case}: {', '.join(all_)}" for case, all_ in told.items() if len(all_) > 1),
    )


def _place(one: Opened) -> tuple[str, str, str]:
    return one.finding.rule, one.finding.subject, one.finding.discriminator


def _found(drift: Drift, life: Life) -> int | None:
    """Runs between the first that could know it and the one that said it; None = missed."""
    for one in life.opened:
        if drift.fits(*_place(one)) and one.on >= drift.first:
            late = PLAIN.between(drift.first, one.on)
            return late if late <= drift.within else None
    return None


def _explained(truth: Truth, one: Opened) -> bool:
    if any(innocent.fits(*_place(one)) for innocent in truth.innocents):
        return False
    return any(
        (drift.fits(*_place(one)) and one.on >= drift.first)
        or (one.finding.rule, one.finding.subject) in drift.follows
        for drift in truth.drifts
    )


def _is_by_chance(truth: Truth, one: Opened) -> bool:
    is_spared = any(innocent.fits(*_place(one)) for innocent in truth.innocents)
    is_told_as_such = one.finding.severity is Severity.INFO
    return one.finding.rule in BY_CHANCE and is_told_as_such and not is_spared


def _accused(innocent: Innocent, life: Life) -> bool:
    return any(innocent.fits(*_place(one)) for one in life.opened)


def _told(drift: Drift, life: Life) -> list[str]:
    """What people heard of by itself because of it."""
    return [
        f"{one.on} {one.finding.rule} {one.finding.ref}"
        for one in life.opened
        if one.told
        and (drift.fits(*_place(one)) or (one.finding.rule, one.finding.subject) in drift.follows)
    ]


def _missed(drift: Drift, life: Life) -> str:
    others = [one for one in life.opened if drift.fits(*_place(one))]
    came = f"; it came up on {', '.join(str(one.on) for one in others)}" if others else ""
    return (
        f"{drift.rule} {drift.subject} ({drift.case}), to be found from {drift.first} "
        f"within {drift.within}{came}"
    )


def _wrong(one: Opened, company: Company) -> str:
    found, truth = one.finding, company.truth
    about = [i.case for i in truth.innocents if i.fits(*_place(one))]
    about += [f"true from {d.first} on" for d in truth.drifts if d.fits(*_place(one))]
    plant = company.office.made_by.get(found.subject.removeprefix("deliverable:"), "")
    return f"{one.on} {found.rule} ({plant}) {about or ''}: {found.summary}"


def _lacking(found: Finding) -> Iterator[str]:
    """What a reader would look for in vain."""
    parts: dict[str, object] = {
        "evidence": found.facts, "formula": found.reckoning.formula, "act": found.act,
        "end": found.clears, "sentence for leaders": found.plain,
    }  # fmt: skip
    if not found.subject.startswith("source:"):
        links = (found.url, *(fact.url for fact in found.facts))
        parts |= {"owner": found.owner, "link": any(links), "data": found.scopes}
    yield from (f"{found.rule} {found.subject}: no {n}" for n, part in parts.items() if not part)


def held_against(seed: int, folder: Path, *, again: bool = True) -> None:
    """Live the company of this seed, print the score and hold it to its bounds.

    `again`: each alert's day is judged once more and must say the same, which takes half as long.
    """
    company = build(seed)
    life = live(company, folder, again=again)
    found = score(company, life, list(RULES))
    print(f"\nSYNCD_COMPANY_SEED={seed}\n{found.table()}\n{life.post.table()}")
    wrong = (*found.missed, *found.wrong)
    assert found.precision >= PRECISION
    assert not wrong, "\n".join([f"SYNCD_COMPANY_SEED={seed}", *wrong])
    assert found.per_cause <= PER_CAUSE, "\n".join(found.doubled)
    excess = tuple(life.post.excess())
    assert not excess, "\n".join([f"SYNCD_COMPANY_SEED={seed}", *excess])
    names = {who.title() for squad in company.squads for who in squad.people}
    lacking = [part for one in life.opened for part in _lacking(one.finding)]
    assert not lacking, "\n".join(lacking)
    torn = [said for one in life.opened for said in disagreements(one.finding, names)]
    assert not torn, "\n".join(torn)
    assert not life.otherwise, "\n".join(life.otherwise)
