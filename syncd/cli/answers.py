"""`syncd alerts ack`, `snooze`, `accept`, `note` and so on, `syncd adopt`: people answer alerts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from syncd.alerts.answering import Said, Speaker, act_of
from syncd.alerts.answers import ACK_DAYS, SILENT
from syncd.alerts.avalanche import opens
from syncd.alerts.stopping import ALWAYS, Stops, mails
from syncd.alerts.victims import OPEN
from syncd.cli.acts import act_entry
from syncd.cli.alerts import answers_of, find
from syncd.cli.notify import decided
from syncd.cli.options import Options, Usage, require
from syncd.cli.person import speaker
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, open_app, open_writing, start_log, zone_of
from syncd.cli.words import count, day
from syncd.errors import Unanswerable
from syncd.inbox.wishes import SNOOZE, Present, day_of
from syncd.model.acts import KNOWN, Act, ActKind, Verdict
from syncd.model.alerts import Alert, NoticeKind
from syncd.model.calendar import WorkingCalendar
from syncd.settings import Settings, holiday_years

_ID = re.compile(r"(?:d-?)?\d+|[0-9a-f]{16}", re.IGNORECASE)
_NO_DAY = "is no day to come within a year, such as 2d, 3w, Friday, 2 Dec or 2026-12-24"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was typed."""

    kind: ActKind
    by: str = ""
    text: str = ""
    until: str = ""
    span: str = ""
    """Of `--for`."""
    verdict: str = ""


def answer(options: Options, ids: Sequence[str], said: Answer) -> int:
    """Keep one answer for each alert; where one cannot be answered, none is."""
    screen = Screen(options)
    verdict = _verdict(said)
    if said.kind in (ActKind.ACCEPT, ActKind.NOTE) and not said.text.strip():
        raise Usage(f"syncd alerts {said.kind} needs words", f"syncd alerts {said.kind} --help")
    with open_writing(options) as (settings, store):
        current = now()
        today = current.astimezone(zone_of(options, settings)).date()
        who = Speaker(by=_speaker(settings, said), at=current)
        present = Present(today, _calendar(settings, who))
        ids, said = _parted(ids, said, present)
        words = Said(kind=said.kind, text=said.text, until=_until(said, present), verdict=verdict)
        found = {alert.number: alert for alert in (find(store, text) for text in ids)}
        answers, stops = answers_of(settings, store, current), Stops(store.acts())
        try:
            acts = [act_of(words, alert, who, answers, stops) for alert in found.values()]
        except Unanswerable as error:
            raise Usage(str(error), error.hint) from None
        for act in acts:
            store.keep_act(act)
        roots = {one.fingerprint: one for one in store.alerts(*OPEN)}
    if screen.is_json:
        screen.entries("syncd/acts/1", "acts", [act_entry(act) for act in acts])
    else:
        for alert, act in zip(found.values(), acts, strict=True):
            text = screen.typed(f"{_effect(act, today)}{_of_root(act, alert, roots)}")
            screen.text(f"{alert.id} {text}", hanging=len(alert.id) + 1)
    return 0


def _of_root(act: Act, alert: Alert, known: Mapping[str, Alert]) -> str:
    """That people go on hearing of it where another alert speaks for it."""
    root = known.get(alert.inhibited_by)
    if root is None or act.kind not in (ActKind.ACK, *SILENT):
        return ""
    why = " --reason WHY" if act.kind is ActKind.ACCEPT else ""
    return f" {root.id} tells of it and goes on: syncd alerts {act.kind} {root.id}{why}"


def turn(options: Options, kind: str, by: str, *, on: bool) -> int:
    """Mails of a kind to a person: no more, or again."""
    screen = Screen(options)
    known = [one.value for one in NoticeKind if one not in ALWAYS]
    require("kind of mail", [kind], known)
    with open_writing(options) as (settings, store):
        done = ActKind.REOPEN if on else ActKind.STOP
        act = Act(kind=done, at=now(), by=speaker(settings, by), name=kind)
        if Stops(store.acts()).has(act.by, kind) is on:
            store.keep_act(act)
    if screen.is_json:
        screen.document({"schema": "syncd/mails/1", "person": act.by, "kind": kind, "on": on})
    else:
        screen.text(f"{clean(act.by)} gets {mails(kind)}{'' if on else ' no more'}.")
    return 0


def release(options: Options, by: str) -> int:
    """Let out what is held back; where nothing is, nothing is kept."""
    screen = Screen(options)
    start_log(options)
    with open_app(options) as app:
        current = now()
        held = decided(app, current).held
        if held:
            who = speaker(app.settings, by)
            app.store.keep_act(Act(kind=ActKind.RELEASE, at=current, by=who))
    if screen.is_json:
        screen.document({"schema": "syncd/release/1", "released": held})
    elif held:
        screen.text(f"The next run opens {count(held, 'alert')} that were held back.")
    else:
        screen.text("Nothing is held back.")
    return 0


def adopt(options: Options, by: str) -> int:
    """Let the next run take as known what is new to it; where nothing is, nothing is kept."""
    screen = Screen(options)
    start_log(options)
    with open_app(options) as app:
        current = now()
        is_first = not app.store.runs(1)
        found = decided(app, current)
        new = found.held + sum(map(opens, found.transitions))
        if new or is_first:
            who = speaker(app.settings, by)
            app.store.keep_act(Act(kind=ActKind.RELEASE, at=current, by=who, name=KNOWN))
    if screen.is_json:
        screen.document({"schema": "syncd/adopt/1", "adopted": new, "first": is_first})
    elif is_first:
        screen.text("The first run takes all that it finds as known, in one summary for each.")
    elif new:
        screen.text(f"The next run takes {count(new, 'alert')} as known, in one summary for each.")
    else:
        screen.text("Nothing is new.")
    return 0


def _effect(act: Act, today: date) -> str:
    match act.kind:
        case ActKind.ACK:
            return (
                f"acknowledged: no reminders for {ACK_DAYS} working days, unless it gets worse or "
                "changes."
            )
        case ActKind.SNOOZE | ActKind.ACCEPT if act.until:
            word = "snoozed" if act.kind is ActKind.SNOOZE else "accepted"
            until = day(act.until, today)
            return f"{word}: silent until {until}, unless it gets worse or changes."
        case ActKind.REOPEN:
            return "is open again: reminders go on."
        case ActKind.STOP:
            back = f"syncd alerts reopen D-{act.seen.number if act.seen else ''}"
            return f"{clean(act.by)} gets no more mail about it. To take that back: {back}"
        case ActKind.FEEDBACK:
            return "thank you; that is kept for its rule."
        case _:
            return "noted."


def _speaker(settings: Settings, said: Answer) -> str:
    """Who answers. Raises Usage where mail is to stop and nobody is named who gets any."""
    if said.kind is ActKind.STOP and not said.by:
        raise Usage("say whose mail is to stop, as --by dana", "syncd alerts stop --help")
    return speaker(settings, said.by)


def _verdict(said: Answer) -> Verdict | None:
    if said.kind is not ActKind.FEEDBACK:
        return None
    try:
        return Verdict(said.verdict)
    except ValueError:
        known = ", ".join(Verdict)
        raise Usage(
            f'"{said.verdict}" is not one of {known}', "syncd alerts feedback --help"
        ) from None


def _calendar(settings: Settings, who: Speaker) -> WorkingCalendar:
    """Of the person who answers; of the organisation where that is a user of this machine."""
    config = settings.reconciler_config(holiday_years(who.at))
    person = next((one for one in config.people if one.id == who.by), None)
    return config.calendar_of(person) if person else config.calendar


def _parted(words: Sequence[str], said: Answer, present: Present) -> tuple[Sequence[str], Answer]:
    """`D-1 D-2 until Friday` as the alerts, and for how long: the forms that a reply takes."""
    if said.kind is not ActKind.SNOOZE:
        return words, said
    tails = (n for n in range(1, len(words)) if day_of(" ".join(words[n:]), present))
    end = next(tails, len(words))
    ids, when = words[:end], " ".join(words[end:])
    for word in ids:
        if not _ID.fullmatch(word):
            raise Usage(f'"{word}" is no alert such as D-41, and {_NO_DAY}', _help(said))
    if not (said.until or said.span):
        return ids, replace(said, until=when or SNOOZE)
    if when:
        raise Usage(f'say until when once, by "{when}" or by an option', _help(said))
    return ids, said


def _until(said: Answer, present: Present) -> date | None:
    """The day from `--until` or `--for`. Raises Usage."""
    if said.kind not in (ActKind.SNOOZE, ActKind.ACCEPT):
        return None
    if bool(said.until) == bool(said.span):
        raise Usage("say until when, as --until 2026-12-24 or --for 2d", _help(said))
    option, text = ("--for", said.span) if said.span else ("--until", said.until)
    found, written = day_of(text, present), _written(said.until)
    if found is None:
        is_over = written is not None and written <= present.today
        raise Usage(f'{option} "{text}" {"is not to come" if is_over else _NO_DAY}', _help(said))
    return found


def _written(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _help(said: Answer) -> str:
    return f"syncd alerts {said.kind} --help"
