"""A program's week for leaders: one date, its chance, three sentences, what is to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from syncd.alerts.answers import Answers
from syncd.alerts.choices import Deadline, decide_by, is_choice, is_open
from syncd.model.acts import ActKind
from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import MOVED, TWO_DATES, Finding, Standing
from syncd.model.weeklies import Decision, Light, Milestone, Weekly
from syncd.pictures.days import short_day
from syncd.reconciler.facts import aims, outlooks, wording
from syncd.reconciler.facts.wording import day, plural
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.resolve import claims
from syncd.reconciler.view import Deliverable
from syncd.report.contents import Row
from syncd.report.material import Material
from syncd.report.milestones import counted, late_or_at_risk, milestone, worst

BULLETS = 3
SHORT = 32
"""Of one in a subject."""
_AHEAD_BD = 10
"""Working days within which the next review is the day to decide."""
FRIDAY = 4
EVEN = 0.5
_IN_DOUBT = (Standing.LATE, Standing.AT_RISK)


def weekly(material: Material, rows: Sequence[Row]) -> Weekly:
    """The week of the material's program; `rows` as `milestones.rows` gives them."""
    found = _week(material, rows)
    return replace(found, subject=_subject(found))


def outlook(material: Material) -> str:
    """The date of what all of the program leads to, and its odds; "" where nothing is promised."""
    chosen = aims.aim(material.deliverables)
    if chosen is None:
        return ""
    main = milestone(material, chosen)
    told = _headline(main, _word(material, chosen), material.today)
    return told if main.late is None else f"{told} {_confidence(material, main)}"


def _week(material: Material, rows: Sequence[Row]) -> Weekly:
    found = {one.subject: milestone(material, one) for one in material.deliverables}
    every = sorted(found.values(), key=_unknown_first)
    chosen = aims.aim(material.deliverables)
    if chosen is None:
        return Weekly(
            program=material.program_name,
            today=material.today,
            headline="Nothing is promised: no milestone has a date.",
            lights=_lights(material, rows),
            gaps=_gaps(material, every),
        )
    main, word = found[chosen.subject], _word(material, chosen)
    week, weeks = _weeks(chosen, main, material.today)
    return Weekly(
        program=material.program_name,
        today=material.today,
        word=word,
        main=main,
        week=week,
        weeks=weeks,
        headline=_headline(main, word, material.today),
        confidence=_confidence(material, main),
        trend=_trend(material, main),
        bullets=tuple(dict.fromkeys(_sentences(material, every)))[:BULLETS],
        decision=_decision(material, found),
        lights=_lights(material, rows),
        milestones=tuple(every),
        gaps=_gaps(material, every),
    )


def _unknown_first(one: Milestone) -> tuple[bool, date, str]:
    return one.standing is not Standing.NO_DATA, one.plan or date.max, one.name


def _word(material: Material, one: Deliverable) -> str:
    return "launch" if one.events else shortened(material.plainly(material.name(one)))


def shortened(name: str) -> str:
    """A name that fits a subject."""
    return name if len(name) <= SHORT else name[: SHORT - 1].rstrip() + "…"


def _weeks(one: Deliverable, main: Milestone, today: date) -> tuple[int | None, int | None]:
    """(which week this is, how many the plan has), in calendar weeks from the first commitment."""
    if one.begun_on is None or main.plan is None or main.plan <= one.begun_on:
        return None, None
    first = _monday(one.begun_on)
    if first > today:
        return None, None
    return (_monday(today) - first).days // 7 + 1, (_monday(main.plan) - first).days // 7 + 1


def _monday(day_: date) -> date:
    return day_ - timedelta(days=day_.weekday())


def _subject(found: Weekly) -> str:
    head = wording.sentence(found.counted) or day(found.today, found.today)
    main = found.main
    if main is None:
        return f"{head}: nothing is promised"
    return f"{head}: {found.word} {_dates(main, found.today)}"


def _dates(main: Milestone, today: date) -> str:
    plan, expected = main.plan, main.expected
    if expected is None or _is_untold(main):
        was = "was due" if plan and plan < today else "planned"
        told = f"{was} {short_day(plan, today)}" if plan else "has no date"
        return f"{told}, no forecast"
    if main.is_range and main.sure:
        told = f" (plan {short_day(plan, today)})" if plan else ""
        return f"{short_day(expected, today)} to {short_day(main.sure, today)}{told}"
    if plan is None or plan == expected:
        return f"{short_day(expected, today)}{', on plan' if plan else ''}"
    same = (plan.year, plan.month) == (expected.year, expected.month)
    return f"{short_day(expected, today)} (plan {plan.day if same else short_day(plan, today)})"


def _is_untold(main: Milestone) -> bool:
    """Nothing but its own date speaks for it: to call that "on plan" would be made up."""
    return main.standing is Standing.NO_DATA and not main.slip


def _headline(main: Milestone, word: str, today: date) -> str:
    name = wording.sentence(word)
    if main.expected is None or _is_untold(main):
        return f"{name}: {_planned(main, today)}no forecast can be made."
    if main.is_range and main.sure:
        plan = f"the plan is {day(main.plan, today)}" if main.plan else "no date is promised"
        days = f"{day(main.expected, today)} to {day(main.sure, today)}"
        return f"{name}: some time from {days}; {plan}."
    how = "most likely " if not main.reason else ""
    by = " by the dates that are set" if main.reason else ""
    text = f"{name}: {how}{day(main.expected, today)}{by}"
    if main.plan is None:
        return f"{text}; no date is promised."
    if not main.slip:
        return f"{text}, as planned."
    side = "after" if main.slip > 0 else "before"
    return f"{text}, {wording.working_days(main.slip)} {side} the plan ({day(main.plan, today)})."


def _planned(main: Milestone, today: date) -> str:
    if main.plan is None:
        return ""
    if main.plan >= today:
        return f"planned for {day(main.plan, today)}; "
    ago = f", {wording.working_days(main.slip)} ago" if main.slip else ""
    return f"was due {day(main.plan, today)}{ago}; "


def _confidence(material: Material, main: Milestone) -> str:
    """In words and numbers; or why there is none."""
    today = material.today
    if main.late is None:
        reason = material.plainly(main.reason) or "no date is promised"
        return f"No odds can be given: {reason}."
    text = f"{wording.likelihood(main.late)} to be late, {wording.odds(main.late)}"
    if main.sure is None:
        # Odds of the work alone, beside a day that comes of something else, contradict it.
        held_up = (main.slip or 0) > 0 and main.late < EVEN
        text = f"what it waits for sets that day; by itself it is {text}" if held_up else text
        return f"{wording.sentence(text)}."
    return f"{wording.sentence(text)}; 85 % sure by {day(main.sure, today)}."


def _trend(material: Material, main: Milestone) -> str:
    """Against last week; of a range how far it moved, since no day of it is likely."""
    if main.before is None:
        return "" if main.late is None else "No forecast of a week ago is kept to compare with."
    before, calendar = day(main.before, material.today), material.view.config.calendar
    if main.expected is None or _is_untold(main):
        return f"A week ago it was expected on {before}."
    moved = calendar.between(main.before, main.expected)
    way = f", told {main.way}" if main.way else ""
    if main.is_range:
        later = f"{wording.later(moved)} than a week ago{way}."
        return later if moved else "The same as a week ago."
    if not moved:
        return f"The same as a week ago ({before})."
    return f"A week ago it was expected on {before}; now {wording.later(moved)}{way}."


def _sentences(material: Material, every: Sequence[Milestone]) -> Iterator[str]:
    """The worst news that leaders can act on, then how the rest stands."""
    count = late_or_at_risk(every)
    if len(every) > 1:
        verb = "is" if count == 1 else "are"
        yield f"{count} of {plural(len(every), 'milestone')} {verb} late or at risk."
    shown = 0
    # What was there before syncd, and is the same since, comes last.
    known = {print_ for print_, alert in material.alerts.items() if alert.known}
    for found in sorted(material.findings, key=lambda one: one.fingerprint in known):
        is_silent = material.is_unnamed(found) or not found.plain
        if is_silent or found.standing not in _IN_DOUBT:
            continue
        if shown == BULLETS:
            break
        shown += 1
        yield material.plainly(found.plain)
    if not shown and not any((one.slip or 0) > 0 for one in every):
        yield "Nothing that was read speaks against the dates."


@dataclass(frozen=True, slots=True)
class _Question:
    """What may be asked of a milestone: how to meet its day, or which of two days holds."""

    ways: str
    asked: Deadline | None
    """Until when people who are told of it are asked; None where nothing open asks it."""
    put_off: str
    """`put off until Sun 29 Nov`; "" where it is not."""


def _decision(material: Material, found: dict[str, Milestone]) -> Decision | None:
    """What is asked for the milestone that is in the most doubt, and can be decided."""
    ranked = sorted(
        material.deliverables, key=lambda one: (aims.rank(one), found[one.subject].name)
    )
    for one in ranked:
        told = found[one.subject]
        questions = sorted(_questions(material, one, told), key=lambda each: each.asked is None)
        if questions:
            first, *rest = questions
            asked, by = first.asked, _at_leisure(material, one)
            text = f"{told.name}: {first.ways}."
            if asked:
                by = asked.by
                text += f" This {asked.words(material.today)}." if asked.missed else ""
            elif first.put_off:
                text += f" This is {first.put_off}."
            said = (f" {wording.sentence(each.put_off)}: {each.ways}." for each in rest
                    if each.put_off)  # fmt: skip
            return Decision(text=text + "".join(said), by=by)
    return None


def _questions(material: Material, one: Deliverable, told: Milestone) -> Iterator[_Question]:
    """Those that people may be asked, each with the day of the alerts that ask the same."""
    kept = material.evaluation.holding
    if any(found.rule == "overdue" and found.subject == one.subject for found in kept):
        return  # long forgotten: the line of its team and month tells of it
    doubted = _ways(material, one, told) if told.standing in _IN_DOUBT else ""
    as_of, calendar = material.view.snapshot.as_of, material.view.config.calendar
    answers = Answers(material.acts, as_of, calendar)
    for ways, of_two in ((doubted, False), (_one_date(material, one), True)):
        choices = [
            each for each in _choices(material, one) if (each[0].rule in TWO_DATES) is of_two
        ]
        asked = min(
            (
                decide_by(finding, alert, answers, as_of, calendar)
                for finding, alert in choices
                if is_open(finding, alert, answers)
            ),
            key=lambda each: (each.by, each.missed or date.max),
            default=None,
        )
        # What is not certain enough to tell anybody of it is not asked either.
        is_pending = any(alert.state is AlertState.PENDING for _, alert in choices)
        given = [act for alert in _asking(material, one, of_two) if (act := answers.of(alert))]
        until = [act.until for act in given if act.until]
        is_accepted = any(act.kind is ActKind.ACCEPT for act in given) and not asked
        # What was accepted is decided, and asked again when that runs out.
        is_settled = is_accepted and max(until, default=date.min) > _at_leisure(material, one)
        if ways and (asked or not is_pending) and not is_settled:
            word = "accepted" if is_accepted else "put off"
            put_off = f"{word} until {day(min(until), material.today)}" if until else ""
            yield _Question(ways, asked, "" if asked else put_off)


def _asking(material: Material, one: Deliverable, of_two: bool) -> Iterator[Alert]:
    """The alerts by which people may have answered it: a moved date asks which one holds, too."""
    for found in material.told.get(one.subject, ()):
        alert = material.alerts.get(found.fingerprint)
        is_about = is_choice(found) or found.rule in MOVED
        if alert is not None and is_about and (found.rule in TWO_DATES) is of_two:
            yield alert


def _choices(material: Material, one: Deliverable) -> Iterator[tuple[Finding, Alert]]:
    for found in material.told.get(one.subject, ()):
        alert = material.alerts.get(found.fingerprint)
        if alert is not None and is_choice(found):
            yield found, alert


def _one_date(material: Material, one: Deliverable) -> str:
    """What is asked where the tools name different days for it."""
    for found in material.told.get(one.subject, ()):
        is_open = found.rule in TWO_DATES and not found.restricted and found.standing in _IN_DOUBT
        if is_open and found.planned and found.expected:
            first, second = day(found.planned, material.today), day(found.expected, material.today)
            if first == second:
                return f"say which of the two moves, as both are on {first}"
            return f"say which date holds, {first} or {second}"
    return ""


def _ways(material: Material, one: Deliverable, told: Milestone) -> str:
    forecast = material.view.once(Forecasts).of(one)
    if forecast.p50 is not None:
        return material.plainly(outlooks.options(material.view, one, forecast))
    if told.plan and (told.expected is None or told.plan < material.today):
        return "say what is left out of it, and for which day it is promised now"
    if told.plan and told.expected and told.slip and told.slip > 0:
        kept, moved = day(told.plan, material.today), day(told.expected, material.today)
        return f"hold {kept} and say what is left out of it, or move it to {moved}"
    return ""


def _at_leisure(material: Material, one: Deliverable) -> date:
    """The next review if that is near, else the Friday that follows."""
    view, today = material.view, material.today
    limit = view.config.calendar.shift(today, _AHEAD_BD)
    reviews = [event for key in one.gates if (event := view.event(key)) and claims.is_open(event)]
    near = [event.first_day for event in reviews if today < event.first_day <= limit]
    friday = today + timedelta(days=(FRIDAY - today.weekday() - 1) % 7 + 1)
    return min(near, default=friday)


def _lights(material: Material, rows: Sequence[Row]) -> tuple[Light, ...]:
    """Of each team of the program: its dated work of the milestones, and what of it is one."""
    found = []
    for team in sorted(material.members, key=material.team):
        name = material.team(team)
        whole = {one.subject for one in material.deliverables if _is_item_of(material, one, team)}
        own = [row for row in rows if row.team == name or row.id in whole]
        words = counted(own) if own else "no dated work of the milestones is known"
        found.append(Light(team=name, standing=worst(own), words=words))
    return tuple(found)


def _is_item_of(material: Material, one: Deliverable, team: str) -> bool:
    """Whether the milestone is an item that the team works on."""
    return any(
        material.view.team_of(key).team == team and not material.is_veiled(key)
        for key in one.bound
        if material.view.issue(key)
    )


def _gaps(material: Material, every: Sequence[Milestone]) -> tuple[str, ...]:
    """What the reader should know is not known."""
    found = [f"No complete reading of {scope.source} lately." for scope in material.view.stale]
    unknown = sum(one.standing is Standing.NO_DATA for one in every)
    if unknown:
        found.append(f"{plural(unknown, 'milestone')} cannot be judged for lack of data.")
    return tuple(dict.fromkeys(sorted(found)))
