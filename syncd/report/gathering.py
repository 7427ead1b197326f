"""From a view of the world to a report of it. Pure: the same view gives the same report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from syncd.model.findings import Standing
from syncd.model.snapshot import Freshness
from syncd.model.weeklies import Weekly
from syncd.notifiers.email.dates import moment
from syncd.pictures.days import short_day
from syncd.reconciler.facts.wording import listing, plural, sentence
from syncd.report import attention, slips
from syncd.report.contents import Age, Audience, Block, Kind, Number, Report, Row, Wait
from syncd.report.log import log
from syncd.report.material import Material
from syncd.report.milestones import drawn, late_or_at_risk, milestone, rows
from syncd.report.waits import waits
from syncd.report.weekly import weekly
from syncd.text import clean_text

FOR_LEADERS = frozenset({Block.NUMBERS, Block.TIMELINE, Block.LOG, Block.DATA})
GAPS = 12
"""Sentences on what is missing that are shown."""


def gather(material: Material, blocks: Iterable[Block] = tuple(Block)) -> Report:
    """All that a report says; leaders get fewer blocks than may be asked for."""
    is_lead = material.audience is Audience.LEAD
    wanted = set(blocks) & (FOR_LEADERS if is_lead else set(Block))
    every = rows(material)
    told = weekly(material, every)
    chart, rest, more = drawn(_without_keys(every) if is_lead else every)
    entries, since, more_entries = log(material, decisions_only=is_lead)
    found = Report(
        audience=material.audience,
        title=material.program_name or "All programs",
        program=material.program,
        as_of=material.view.snapshot.as_of,
        zone=material.zone,
        today=material.today,
        subtitle=_subtitle(material, told),
        blocks=tuple(block for block in Block if block in wanted),
        weekly=told,
        numbers=_of_dates(material, told),
        rows=chart,
        rest=rest,
        more_rows=more,
        log=entries,
        log_since=since,
        more_log=more_entries,
        ages=_ages(material),
        gaps=told.gaps,
        readers=readers(material),
        reader=material.reader.id if material.reader else "",
        counts=_counts(material),
    )
    return found if is_lead else _for_teams(material, found, every)


def _for_teams(material: Material, found: Report, every: list[Row]) -> Report:
    """With all that names items and people."""
    lines, more, teams = attention.attention(material)
    groups, edges = waits(material, every)
    return replace(
        found,
        numbers=(*found.numbers, *_of_alerts(material, edges)),
        attention=lines,
        more_attention=more,
        teams=teams,
        slips=slips.slips(material, every),
        groups=groups,
        waits=edges,
        gaps=_gaps(material, found.gaps),
    )


def _without_keys(every: Iterable[Row]) -> list[Row]:
    """The milestones alone, without links to where keys are read."""
    return [replace(row, url="", pushed_by="") for row in every if row.kind is not Kind.ITEM]


def _subtitle(material: Material, told: Weekly) -> str:
    """`Mon 23 Nov 2026 08:25 CET · week 4 of 7 · for teams`: reports are kept, and of any day."""
    parts = [moment(material.view.snapshot.as_of, material.zone, with_year=True)]
    parts += [told.counted] if told.counted else []
    parts.append(f"for {readers(material)}")
    return " · ".join(parts)


def readers(material: Material) -> str:
    """`Dana Li`, `teams` or `leaders`: whom it is made for."""
    if material.reader is not None:
        return clean_text(material.reader.name, 60)
    return "teams" if material.audience is Audience.TEAM else "leaders"


def _of_dates(material: Material, told: Weekly) -> tuple[Number, ...]:
    today, main, every = material.today, told.main, told.milestones
    found = []
    if main is not None:
        day_ = main.expected or main.plan
        plan = f"plan {short_day(main.plan, today)}" if main.plan else "no date promised"
        is_day = main.sure and not main.is_range
        sure = f", 85 % sure by {short_day(main.sure, today)}" if is_day else ""
        until = f" to {short_day(main.sure, today)}" if main.is_range else ""
        found.append(
            Number(
                title=sentence(told.word),
                value=f"{short_day(day_, today)}{until}" or "no date",
                note=plan + (sure or ", no forecast" if main.reason else sure),
                standing=main.standing,
            )
        )
    unknown = sum(one.standing is Standing.NO_DATA for one in every)
    found.append(
        Number(
            title="Milestones late or at risk",
            value=f"{late_or_at_risk(every)} of {len(every)}",
            note=f"{unknown} without data" if unknown else "",
        )
    )
    return tuple(found)


def _of_alerts(material: Material, edges: Sequence[Wait]) -> tuple[Number, ...]:
    links = sum(edge.links for edge in edges)
    unstated = sum(edge.links for edge in edges if not edge.stated)
    note = f"{unstated} seen in texts only" if unstated else ""
    return (
        Number(
            title="Needs attention",
            value=str(len(material.findings)),
            note=attention.counts(material),
        ),
        Number(title="Links between teams", value=str(links), note=note),
    )


def _ages(material: Material) -> tuple[Age, ...]:
    """Of each source its oldest part."""
    by_source: dict[str, list[Freshness]] = {}
    for fresh in material.view.snapshot.freshness:
        by_source.setdefault(fresh.scope.source, []).append(fresh)
    return tuple(_age(material, source, by_source[source]) for source in sorted(by_source))


def _age(material: Material, source: str, parts: Sequence[Freshness]) -> Age:
    ended = [one.succeeded_at for one in parts]
    read = [at for at in ended if at is not None]
    told = moment(min(read), material.zone) if len(read) == len(ended) else "not completely"
    failing = [one for one in parts if one.failing_since or one.succeeded_at is None]
    trouble = ""
    if failing:
        names = listing([clean_text(one.scope.name, 40) for one in failing], 3)
        trouble = f"{names}: {clean_text(failing[0].error, 160) or 'never read'}"
    leaders = material.audience is Audience.LEAD
    return Age(
        source=source,
        read=told,
        items=sum(one.items for one in parts),
        trouble="not read completely" if trouble and leaders else trouble,
    )


def _gaps(material: Material, found: tuple[str, ...]) -> tuple[str, ...]:
    """What could not be judged, and why: one sentence for each reason."""
    reasons = Counter(
        (one.rule, clean_text(one.reason, 160)) for one in material.evaluation.unknown
    )
    told = [milestone(material, one) for one in material.deliverables]
    texts = [*found]
    texts += [f"{one.name} has no forecast: {one.reason}." for one in told if one.reason]
    texts += [
        f"{rule} cannot tell for {plural(count, 'subject')}: {reason}."
        for (rule, reason), count in sorted(reasons.items())
        if "cannot be forecast" not in reason
    ]
    failed = [f"The rule {one.rule} failed." for one in material.evaluation.failures]
    every = [*texts, *failed]
    more = len(every) - GAPS
    return (*every[:GAPS], *([f"And {plural(more, 'more gap')}."] if more > 0 else ()))


def _counts(material: Material) -> str:
    held = material.view.snapshot
    return ", ".join(
        (
            plural(len(held.issues), "issue"),
            plural(len(held.pull_requests), "pull request"),
            plural(len(held.events), "event"),
        )
    )
