"""What changed since a reader last heard: dates, alerts, answers, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from syncd.briefing.dropped import dropped_lines
from syncd.briefing.material import LISTED, Material
from syncd.briefing.moved import (
    Told,
    back_line,
    expected_line,
    foretold_lines,
    stated,
    stated_lines,
)
from syncd.briefing.reader import Reader
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Alert, AlertState, Reason, Transition, day_ahead
from syncd.model.briefs import Changed, News
from syncd.model.findings import Finding, Severity, Standing
from syncd.reconciler.endings import ending
from syncd.reconciler.facts import wording
from syncd.text import clean_text

_ORDER = (
    News.MOVED,
    News.WORSE,
    News.OPENED,
    News.CHANGED,
    News.DROPPED,
    News.DECIDED,
    News.CLEARED,
    News.ANSWERED,
)
_ANSWERED = {
    ActKind.ACK: "acknowledged",
    ActKind.SNOOZE: "put off",
    ActKind.REOPEN: "reopened",
    ActKind.NOTE: "noted on",
    ActKind.ACCEPT: "accepted",
}
_OF_DATES = frozenset({"date-moved", "event-moved"})
_GROWN = (Reason.WORSE, Reason.CHANGED)


def changes(reader: Reader, since: datetime) -> tuple[Told, ...]:
    """All of it that concerns the reader, weightiest first; each date and each alert once."""
    found = [
        *stated_lines(reader, stated(reader.material, since)),
        *_of_alerts(reader, since),
        *_of_acts(reader, since),
        *dropped_lines(reader, since),
    ]
    alerts = [one for one in found if is_of_date(one)]
    moves = [one for one in found if one.line.news is News.MOVED]
    known = frozenset().union(*(one.dates for one in moves if one not in alerts))
    kept = [_with_alert(one, alerts) for one in found if one not in alerts or not one.dates & known]
    stated_of = {one.subject for one in moves}
    kept += [one for one in foretold_lines(reader, since) if one.subject not in stated_of]
    return tuple(sorted(_with_ends(kept), key=_rank))


def _with_ends(found: Sequence[Told]) -> Iterator[Told]:
    """That an item was dropped says of its alerts, too, that they are over: with the number."""
    ended = {one.subject: one.line.alert for one in found if one.line.news is News.CLEARED}
    dropped = {one.dropped for one in found if one.dropped}
    for one in found:
        if one.dropped in ended:
            yield replace(one, line=replace(one.line, alert=ended[one.dropped]))
        elif one.line.news is not News.CLEARED or one.subject not in dropped:
            yield one


def about(
    found: Iterable[Told],
    teams: Iterable[str],
    deliverables: Iterable[str],
    subjects: Iterable[str],
) -> tuple[Told, ...]:
    """Those of certain teams, deliverables or subjects."""
    some, things, named = set(teams), set(deliverables), set(subjects)
    return tuple(
        one
        for one in found
        if one.teams & some or one.deliverables & things or one.subject in named
    )


def moved(found: Iterable[Told]) -> int:
    """How many dates moved."""
    return sum(one.line.news is News.MOVED for one in found)


def _rank(one: Told) -> tuple[object, ...]:
    return _ORDER.index(one.line.news), one.weight, one.subject, one.line.text


def is_of_date(one: Told) -> bool:
    """Whether it is the alert of a date that moved, which the move itself tells shorter."""
    if one.rule not in _OF_DATES:
        return False
    return one.line.news in (News.OPENED, News.WORSE, News.MOVED, News.CHANGED)


def _with_alert(one: Told, alerts: Sequence[Told]) -> Told:
    """A move with the number and the teams of the alert that tells of the same move."""
    if one.line.news is not News.MOVED or one.line.alert:
        return one
    alert = next((each for each in alerts if each.dates & one.dates), None)
    if alert is None:
        return one
    return replace(
        one, line=replace(one.line, alert=alert.line.alert), teams=one.teams | alert.teams
    )


def _dates(finding: Finding) -> frozenset[tuple[str, date]]:
    """The move that an alert of a date tells of: of one event, or of the subject in any tool."""
    if finding.rule not in _OF_DATES or finding.expected is None:
        return frozenset()
    event = finding.discriminator
    keys = {event} if event else {finding.subject, *finding.encloses}
    return frozenset((key, finding.expected) for key in keys)


def _of_alerts(reader: Reader, since: datetime) -> Iterator[Told]:
    every = (one for one in reader.material.by_print.values() if one.changed_at > since)
    changed = [one for one in every if reader.follows(one.finding)]
    reader.material.read(one.fingerprint for one in changed)
    for alert in changed:
        history = reader.material.transitions(alert.fingerprint)
        then = next((one.alert for one in reversed(history) if one.at <= since), None)
        recent = [one for one in history if one.at > since]
        told = _of_alert(reader, alert, then, recent, since)
        if told is not None:
            yield told


def _of_alert(
    reader: Reader, now: Alert, then: Alert | None, recent: Sequence[Transition], since: datetime
) -> Told | None:
    """What became of one alert; None where nothing did that anybody need hear of."""
    was_open = then is not None and then.state in LISTED and not then.inhibited_by
    is_open = now.state in LISTED and not now.inhibited_by
    if not was_open:
        return _opened(reader, now) if is_open else None
    if now.state is AlertState.RESOLVED:
        back = back_line(reader, now, since) if now.finding.rule in _OF_DATES else None
        return back or _cleared(reader, now, recent)
    if not is_open or then is None:
        return None
    # An old problem is news when people change it, not as days pass.
    shifted = None if now.known else expected_line(reader, then, now, now.changed_at)
    if shifted is not None:
        return shifted
    grown = [one for one in recent if one.told and one.reason in _GROWN]
    if not grown:
        return None
    is_worse = any(one.reason is Reason.WORSE for one in grown)
    return _line(reader, now, News.WORSE if is_worse else News.CHANGED, at=grown[-1].at)


def _opened(reader: Reader, now: Alert) -> Told | None:
    if now.known or now.finding.severity is Severity.INFO:
        return None
    return _line(reader, now, News.OPENED, at=now.changed_at)


def _cleared(reader: Reader, now: Alert, recent: Sequence[Transition]) -> Told | None:
    gone = any(one.reason is Reason.NO_LONGER_VISIBLE for one in recent)
    name = reader.called(now.finding)
    told = _line(reader, now, News.CLEARED, at=now.resolved_at or now.changed_at)
    said = f"{name}: {_lost(reader, now) if gone else _ending(reader, now)}"
    standing = Standing.NO_DATA if gone else Standing.ON_PLAN
    return _with(told, text=said, standing=standing)


def _lost(reader: Reader, alert: Alert) -> str:
    """That nothing can be told of it any more, and what cannot be seen where that is another."""
    if not alert.frozen_by or not alert.frozen_since:
        return "no longer visible"
    is_whole = reader.shown(alert.finding) is alert.finding and not reader.for_leader
    why = clean_text(alert.frozen_by) if is_whole else "what it rests on cannot be seen"
    since = wording.day(reader.day_of(alert.frozen_since), reader.today)
    return f"no longer known, {why} since {since}"


def _ending(reader: Reader, alert: Alert) -> str:
    """That the work ended, where it did, else what is over."""
    finding, ended = alert.finding, reader.day_of(alert.resolved_at or alert.changed_at)
    if finding.as_pushed:
        return "what it waited for is settled"
    if how := ending(reader.material.view, finding) or alert.frozen_by:
        return how.partition(" ")[2]
    if (ahead := day_ahead(finding)) and ahead < ended:
        return "its day has passed"
    # That a date moved, or is gone, is news for a time, and no less true after it.
    return "no longer news" if finding.rule == "date-moved" else f"no longer {_state(finding)}"


def _state(finding: Finding) -> str:
    """What it was, as a word that fits behind "no longer"."""
    words = {Standing.LATE: "late", Standing.AT_RISK: "at risk", Standing.NO_DATA: "unknown"}
    return words.get(finding.standing, "open")


def _line(reader: Reader, alert: Alert, news: News, *, at: datetime) -> Told:
    finding = alert.finding
    return Told(
        line=Changed(
            text=reader.sentence(finding),
            alert=reader.number(alert),
            news=news,
            standing=finding.standing,
            at=at,
            ref=reader.ref(finding),
            url=reader.url(finding),
        ),
        subject=finding.subject,
        rule=finding.rule,
        teams=frozenset(finding.teams),
        deliverables=frozenset({finding.deliverable} if finding.deliverable else ()),
        weight=(-finding.severity, ord(finding.tier[:1] or "Z"), -(finding.drift or 0)),
        dates=_dates(finding),
    )


def _with(told: Told, *, text: str, standing: Standing) -> Told:
    return replace(told, line=replace(told.line, text=text, standing=standing))


def _of_acts(reader: Reader, since: datetime) -> Iterator[Told]:
    for act in reader.material.acts:
        if act.at <= since or act.by == reader.person.id or act.at > reader.material.as_of:
            continue
        told = _baseline(reader, act) if act.kind is ActKind.BASELINE else _answer(reader, act)
        if told is not None:
            yield told


def _answer(reader: Reader, act: Act) -> Told | None:
    alert = reader.material.by_print.get(act.seen.fingerprint) if act.seen else None
    is_decision = act.kind is ActKind.ACCEPT
    if alert is None or act.kind not in _ANSWERED or not reader.follows(alert.finding):
        return None
    if reader.for_leader and not is_decision:
        return None
    told = _line(reader, alert, News.DECIDED if is_decision else News.ANSWERED, at=act.at)
    told = _with(told, text=answer_words(reader, act, alert.finding), standing=Standing.NO_DATA)
    return replace(told, by=act.by)


def answer_words(reader: Reader, act: Act, finding: Finding | None = None) -> str:
    """`R. Osei accepted Ledger API v2 until Tue 1 Dec: the vendor is late`.

    Without whom for leaders, and without what was said of something restricted.
    """
    title = clean_text(reader.shown(finding).title, 80) if finding else "it"
    until = f" until {wording.day(act.until, reader.today)}" if act.until else ""
    done = f"{_ANSWERED[act.kind]} {title}{until}"
    words = done if reader.for_leader else f"{reader.material.name(act.by)} {done}"
    is_hidden = finding is not None and finding.restricted
    said = "" if is_hidden or reader.for_leader else clean_text(act.text, 120)
    return wording.sentence(f"{words}: {said}" if said else words)


def _baseline(reader: Reader, act: Act) -> Told | None:
    known = reader.material.deliverables
    mine = [
        one
        for one in act.promises
        if one.deliverable in known and reader.has(known[one.deliverable])
    ]
    if not mine:
        return None
    first = reader.name_of(known[mine[0].deliverable])
    what = f"{first} is now promised for {wording.day(mine[0].day, reader.today)}"
    what += f", and {wording.plural(len(mine) - 1, 'other date')}" if len(mine) > 1 else ""
    who = "" if reader.for_leader else f" ({reader.material.name(act.by)})"
    ids = frozenset(one.deliverable for one in mine)
    return Told(
        line=Changed(text=f"{what}{who}", news=News.DECIDED, standing=Standing.NO_DATA, at=act.at),
        subject=f"deliverable:{mine[0].deliverable}",
        deliverables=ids,
        teams=frozenset(team for one in ids for team in known[one].teams),
        weight=(0,),
    )


def answers_to(material: Material, fingerprint: str) -> Iterator[Act]:
    """What people said of one alert, the newest first."""
    for act in reversed(material.acts):
        if act.seen and act.seen.fingerprint == fingerprint and act.kind in _ANSWERED:
            yield act
