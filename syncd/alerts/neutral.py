"""Alerts with nothing in them that their reader may not see (`reliability.md` §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from syncd.alerts.audiences import Audiences, Sight
from syncd.alerts.news import headline, unseen
from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import Alone, Finding, Push, Standing
from syncd.model.people import Person

OWN, PUSHED, BARE = " own", " pushed", ""
MOST_NAMED = 3
"""Pushed items of one reader that a sentence names; the rest is a number."""


def veiled(alert: Alert, person: Person, audiences: Audiences) -> Alert:
    """The alert as `person` may be told of it; the same one where they may see all of it."""
    shown = veiled_finding(alert.finding, person, audiences)
    if shown is alert.finding:
        return alert
    if shown.restricted:
        return _renamed(alert, shown)
    why = unseen() if alert.frozen_since and alert.frozen_by else alert.frozen_by
    return replace(alert, finding=shown, told_material="", told_dates=(), frozen_by=why)


def veiled_finding(finding: Finding, person: Person, audiences: Audiences) -> Finding:
    """The finding as `person` may be told of it; the same one where they may see all of it."""
    sight = audiences.sight(person, finding)
    if sight is Sight.FULL:
        return finding
    if finding.restricted:
        return _bare(finding, "")
    who = _owner_words(person, finding, audiences)
    if sight is Sight.OWN:
        return _of_own(finding, person, audiences, who)
    own = own_pushes(finding, person, audiences)
    return _of_pushed(finding, own, who) if own else _bare(finding, who)


def shown_as(finding: Finding, person: Person, audiences: Audiences) -> str:
    """The name of the form that `veiled_finding` gives to what they may not see all of.

    OWN names its subject and PUSHED what that pushes; on lines of their own stand the places of
    what waits for it and is named. BARE names nothing.
    """
    if finding.restricted:
        return BARE
    form, shown = PUSHED, own_pushes(finding, person, audiences)
    if audiences.sight(person, finding) is not Sight.NOTHING:
        form, shown = OWN, _seen(finding, person, audiences)
    elif not shown:
        return BARE
    return "\n".join([form, *sorted({str(place) for one in shown for place in one.home})])


def own_pushes(finding: Finding, person: Person, audiences: Audiences) -> tuple[Push, ...]:
    """What the finding pushes in the first place of which they may see something pushed.

    Of one place, so that a mail that names them may be sent as long as that place is seen.
    """
    seen = _seen(finding, person, audiences)
    return tuple(one for one in seen if one.home == seen[0].home)


def neutral(alert: Alert) -> Alert:
    """The same with nothing that could name a restricted item: rule, dates, severity."""
    finding = alert.finding
    return _renamed(alert, _bare(finding, "")) if finding.restricted else alert


def _bare(finding: Finding, who: str) -> Finding:
    is_late = finding.standing is Standing.LATE
    what = f"A restricted item {'is late' if is_late else 'needs attention'}"
    owned = f" (owner: {who})" if who else ""
    return _blank(
        finding,
        ref="restricted item",
        title="Restricted item",
        said=(
            f"{what}{owned}; who may see it finds it by its alert number.",
            f"{what}.",
        ),
        act=f"Ask {who or 'the lead of the team that owns it'}.",
    )


def _of_own(finding: Finding, person: Person, audiences: Audiences, who: str) -> Finding:
    """Their own item is late by, or holds up, something that they may not see."""
    shown = _seen(finding, person, audiences)
    if finding.alone:
        hidden = [one for one in finding.pushes if one not in shown]
        return _of_alone(finding, finding.alone, shown, _teams(hidden, audiences))
    holds_up = len(shown) < len(finding.pushes)
    link = (
        "an item in a restricted project waits for it"
        if holds_up
        else "it depends on an item in a restricted project"
    )
    dates = _dates(finding.planned, finding.expected, finding.slip)
    called = finding.title if finding.ref == finding.title else f"{finding.title} ({finding.ref})"
    made = _blank(
        finding,
        ref=finding.ref,
        title=finding.title,
        said=(
            f"{called}{dates}: {link} (owner: {who}).",
            f"{finding.title}{dates}: {link}.",
        ),
        act=f"Ask {who}.",
    )
    return replace(made, url=finding.url, owner=finding.owner, pushes=shown)


def _of_alone(
    finding: Finding, alone: Alone, shown: tuple[Push, ...], others: Sequence[str]
) -> Finding:
    """What is the matter with their own item, and of what waits for it what they may see.

    `others`: whose the rest of that is.
    """
    made = _blank(
        finding,
        ref=finding.ref,
        title=finding.title,
        said=(f"{alone.summary.removesuffix('.')}{_waiting(shown, others)}.", alone.plain),
        act=alone.act,
    )
    return replace(
        made, restricted=False, url=finding.url, owner=finding.owner, pushes=shown,
        facts=alone.facts, course=finding.course, by=finding.by, clears=finding.clears,
    )  # fmt: skip


def _waiting(shown: Sequence[Push], others: Sequence[str]) -> str:
    """`; PAY-61 and PAY-62 wait for it, and so does Web`: what is hidden by its team alone."""
    names = [push.ref for push in shown] or others
    if not names:
        return ""
    also = others if shown else ()
    so = f", and so {'does' if len(also) == 1 else 'do'} {_named(also)}" if also else ""
    return f"; {_named(names)} {'waits' if len(names) == 1 else 'wait'} for it{so}"


def _named(names: Sequence[str]) -> str:
    return _listed(names, [""] * len(names))


def _teams(pushes: Sequence[Push], audiences: Audiences) -> list[str]:
    """Names of the teams whose the pushes are."""
    named = [name for push in pushes for name in audiences.whose(push.team, push.home)]
    return list(dict.fromkeys(named)) or ["another team"] * bool(pushes)


def _of_pushed(finding: Finding, own: Sequence[Push], who: str) -> Finding:
    """Their items are what is pushed; of the cause only that there is one."""
    first = own[0]
    dates = [_dates(one.planned, one.expected, one.slip) for one in own]
    waits = "it waits" if len(own) == 1 else "they wait"
    link = f"{waits} for an item in a restricted project"
    named = [f"{first.title} ({first.ref})", *(one.ref for one in own[1:])]
    made = _blank(
        finding,
        ref=first.ref,
        title=first.title,
        said=(
            f"{_listed(named, dates)}: {link} (owner: {who}).",
            f"{_listed([one.title for one in own], dates)}: {link}.",
        ),
        act=f"Ask {who}.",
    )
    return replace(
        made, url=first.url, planned=first.planned, expected=first.expected, slip=first.slip,
        passed=None, gap=None, as_pushed=True,
    )  # fmt: skip


def _listed(names: Sequence[str], dates: Sequence[str]) -> str:
    """`Capture (PAY-142) is expected on …, PAY-143 is expected on … and 2 more`."""
    said = [f"{name}{when}" for name, when in zip(names, dates, strict=True)]
    shown, more = said[:MOST_NAMED], len(said) - MOST_NAMED
    last = f"{more} more" if more > 0 else shown.pop() if len(shown) > 1 else ""
    return f"{', '.join(shown)}{f' and {last}' if last else ''}"


def _blank(finding: Finding, *, ref: str, title: str, said: tuple[str, str], act: str) -> Finding:
    """Rule, severity and dates, with these words alone; `said` is for people and for leaders."""
    return Finding(
        rule=finding.rule,
        subject=finding.subject,
        discriminator=finding.discriminator,
        severity=finding.severity,
        standing=finding.standing,
        ref=ref,
        title=title,
        summary=said[0],
        plain=said[1],
        act=act,
        clears="The dates agree again.",
        planned=finding.planned,
        expected=finding.expected,
        slip=finding.slip,
        passed=finding.passed,
        gap=finding.gap,
        programs=finding.programs,
        tier=finding.tier,
        restricted=True,
    )


def _renamed(alert: Alert, finding: Finding) -> Alert:
    named = headline(replace(finding, planned=None))
    # How it ended may be hidden; that it ended keeps it from being told as well again.
    how, is_over = "", alert.state is AlertState.RESOLVED
    if is_over and alert.frozen_since and (alert.frozen_by or finding.as_pushed):
        how = unseen()
    elif is_over and alert.frozen_by and not finding.as_pushed:
        how = "is over"
    bare = replace(alert, told_material="", told_dates=(), frozen_by=how)
    return replace(bare, finding=finding, headline=named)


def _seen(finding: Finding, person: Person, audiences: Audiences) -> tuple[Push, ...]:
    sees = partial(audiences.sees, person.id)
    return tuple(one for one in finding.pushes if one.home and all(map(sees, one.home)))


def _owner_words(person: Person, finding: Finding, audiences: Audiences) -> str:
    """`the lead of Ledger`: whom to ask of what is hidden; no person is named."""
    for scope in audiences.hidden(person, finding):
        for team in audiences.owners(scope):
            return f"the lead of {team.name}"
    return "the lead of the team that owns it"


def _dates(planned: date | None, expected: date | None, slip: int | None) -> str:
    """` is expected on 9 Dec, planned 3 Dec: 4 working days later`, as far as it is known."""
    if expected is None:
        return f", planned for {_day(planned)}" if planned else ""
    if planned is None or not slip:
        return f" is expected on {_day(expected)}"
    days = f"{abs(slip)} working day{'s' if abs(slip) != 1 else ''}"
    way = "after" if slip > 0 else "before"
    return f" is expected on {_day(expected)}, {days} {way} {_day(planned)}"


def _day(day: date | None) -> str:
    return f"{day.day} {day:%b}" if day else ""
