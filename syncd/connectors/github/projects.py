"""What the fields of GitHub Projects say of an item: dates, the sprint, the phase. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from syncd.connectors.github.details import Planned, ProjectValue
from syncd.connectors.github.repo import Repo
from syncd.connectors.github.rows import Malformed
from syncd.model.items import DateClaim, DateRole, ItemKey, Kind, Milestone, MilestoneKind, Phase

LONGEST = 366
"""Days of an iteration."""


def claims(values: Iterable[ProjectValue], key: ItemKey, repo: Repo) -> tuple[DateClaim, ...]:
    """Due and start date; where two projects differ, the earlier one."""
    days: dict[str, date] = {}
    for meaning, each in _meant(values, repo):
        if meaning in ("due", "start"):
            day = _day(each.value, each)
            days[meaning] = min(day, days.get(meaning, day))
    return tuple(
        DateClaim(subject=key, role=DateRole(meaning), field=meaning, lo=day, hi=day)
        for meaning, day in days.items()
    )


def sprint(values: Iterable[ProjectValue], repo: Repo) -> Milestone | None:
    """The iteration that an item is planned for; of several the latest."""
    planned = [each for meaning, each in _meant(values, repo) if meaning == "sprint"]
    if not planned:
        return None
    return milestone(max(planned, key=lambda each: each.start), repo)


def milestone(iteration: ProjectValue, repo: Repo) -> Milestone:
    """An iteration as a sprint, as it stands on the provider's day."""
    if not iteration.iteration or not 0 < iteration.days <= LONGEST:
        raise Malformed(f"the project field {iteration.field} holds no iteration")
    start = _day(iteration.start, iteration)
    end = start + timedelta(days=iteration.days - 1)
    # Each repository keeps its own: one that is no longer read must not take it from the others.
    key = repo.key(Kind.MILESTONE, f"{repo.id}/iteration/{iteration.iteration}")
    over = repo.today is not None and end < repo.today
    return Milestone(
        key=key,
        ref=f"{repo.full_name} iteration {iteration.iteration}",
        scope=repo.scope,
        kind=MilestoneKind.SPRINT,
        name=iteration.value,
        state="closed" if over else "planned" if _is_ahead(start, repo) else "active",
        closed_at=datetime.combine(end + timedelta(days=1), time(), UTC) if over else None,
        start=start,
        board=iteration.project or None,
        claims=(DateClaim(subject=key, role=DateRole.END, field="end", lo=end, hi=end),),
    )


def remembered(sprint: Milestone) -> ProjectValue:
    """The iteration that `milestone` made a sprint of."""
    end = sprint.claims[0].hi
    start = sprint.start or end
    return ProjectValue(
        field="",
        value=sprint.name,
        project=sprint.board or "",
        iteration=sprint.key.native_id.rpartition("/")[2],
        start=start.isoformat(),
        days=(end - start).days + 1,
    )


def is_sprint(key: ItemKey) -> bool:
    """Whether `sprint` made the identity."""
    return key.kind is Kind.MILESTONE and "/iteration/" in key.native_id


def phase(values: Iterable[ProjectValue], repo: Repo) -> Phase | None:
    """The phase of the first option that the configuration gives one."""
    options = (each.value for meaning, each in _meant(values, repo) if meaning == "phase")
    return next((repo.phases[o.casefold()] for o in options if o.casefold() in repo.phases), None)


def unanswered(details: Planned, stated: Iterable[DateClaim], repo: Repo) -> tuple[str, ...]:
    """What projects were to tell and may have left out, that is not `stated` by others."""
    if details.project is not None and not details.withheld:
        return ()
    told = {meaning for meaning, _ in _meant(details.project or (), repo)}
    told |= {claim.field for claim in stated}
    return tuple(sorted(set(repo.project_fields.values()) - told))


def _meant(values: Iterable[ProjectValue], repo: Repo) -> Iterator[tuple[str, ProjectValue]]:
    for each in values:
        meaning = repo.project_fields.get(each.field.casefold())
        if meaning:
            yield meaning, each


def _is_ahead(start: date, repo: Repo) -> bool:
    return repo.today is not None and start > repo.today


def _day(text: str, value: ProjectValue) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Malformed(f"the project field {value.field} holds no date") from None
