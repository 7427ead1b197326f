"""`syncd align`: the edits that would make dates say one thing, and those that a person picks."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.aligning import Asked, Proposal, digest, document, editor_of, proposal, proposals
from syncd.cli.failures import worst
from syncd.cli.options import Options, Usage, near
from syncd.cli.person import speaker
from syncd.cli.screen import Cell, Column, Screen, clean, markdown_table
from syncd.cli.wiring import now, open_app, start_log
from syncd.cli.words import NBSP, count, day
from syncd.errors import SyncdError
from syncd.model.acts import Act, ActKind
from syncd.reconciler.silence import names_in, subjects_of
from syncd.report.markdown import escaped
from syncd.writing import DateEditor, Invitations

if TYPE_CHECKING:
    from syncd.app import App
    from syncd.settings import Settings

SCHEMA = "syncd/align-plan/1"
TELLS = {
    "none": Invitations.NONE, "external": Invitations.EXTERNAL, "all": Invitations.ALL,
}  # fmt: skip
COLUMNS = (
    Column(title="", head=True),
    Column(title="Where"),
    Column(title="What", flexible=True),
    Column(title="From"),
    Column(title="To"),
    Column(title="Why", flexible=True, drop=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What was typed after `syncd align apply`."""

    plan: str
    pick: str
    yes: bool
    tell: str
    by: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    one: Proposal
    error: SyncdError | None


def plan(options: Options, *, about: str, to: str) -> int:
    """Show the edits, and keep them under the id by which they are applied."""
    start_log(options)
    screen = Screen(options)
    with open_app(options, read_only=True) as app:
        today = app.view(now())
        asked = _asked(app.settings, about, to)
        found = proposals(today, asked, editors_of(app))
        name = digest(found)
        if found:
            _keep(app.settings, name, found)
        if about and not found and not subjects_of(today, about):
            hint = near(about, names_in(today))
            raise Usage(f'there is no deliverable "{clean(about)}"{hint}', "syncd deliverables")
    if screen.is_json:
        edits = [document(one) | {"type": "edit"} for one in found]
        screen.entries(SCHEMA, "edits", edits, plan=name if found else None)
    else:
        _show(screen, found, name, today.today)
    return 0


def apply(options: Options, picked: Picked) -> int:
    """Make the picked edits one by one, and keep each that was made as a decision."""
    start_log(options)
    screen = Screen(options)
    if picked.tell not in TELLS:
        raise Usage(f'--tell "{picked.tell}" is not one of {", ".join(TELLS)}')
    with open_app(options) as app:
        chosen = _chosen(_kept(app.settings, picked.plan), picked.pick)
        who = speaker(app.settings, picked.by)
        if not _agreed(screen, chosen, picked):
            screen.note("Nothing was changed.")
            return 0
        today = app.config(now()).calendar.local_date(now())
        done = [_made(app, one, picked, who, today) for one in chosen]
    _tell(screen, done)
    failed = [one.error for one in done if one.error is not None]
    if failed and len(failed) < len(done):
        return 3
    return worst(error.exit_code for error in failed)


def editors_of(app: App) -> Mapping[str, DateEditor]:
    """What may change dates, by the name of its section."""
    return {name: one for name, one in app.notifiers.items() if isinstance(one, DateEditor)}


def _made(app: App, one: Proposal, picked: Picked, who: str, today: date) -> _Outcome:
    editors = editors_of(app)
    name = editor_of(one.edit, editors)
    if not name:
        return _Outcome(one, SyncdError(one.hindrance or "no writer may change it any more"))
    if one.edit.after < today:
        return _Outcome(one, SyncdError("that day is over by now", hint="syncd align plan"))
    try:
        editors[name].edit(one.edit, invitations=TELLS[picked.tell])
    except SyncdError as error:
        return _Outcome(one, error)
    text = f"{one.what} at {one.edit.item.source}: {one.edit.before} → {one.edit.after}"
    act = Act(kind=ActKind.ALIGN, at=now(), by=who, text=f"{text}; {one.because}", name=picked.plan)
    app.store.keep_act(act)
    return _Outcome(one, None)


def _asked(settings: Settings, about: str, to: str) -> Asked:
    """Raises Usage for a --to that is neither a day nor a source."""
    if not to:
        return Asked(about=about)
    if to in settings.sources:
        return Asked(about=about, source=to)
    kinds = {"calendar": ("google_calendar", "ics")}.get(to, (to,))
    named = [name for name, one in settings.sources.items() if one.kind in kinds]
    if len(named) == 1:
        return Asked(about=about, source=named[0])
    try:
        return Asked(about=about, day=date.fromisoformat(to))
    except ValueError:
        known = ", ".join(sorted(settings.sources))
        raise Usage(
            f'--to "{to}" is neither a source ({known}) nor a day such as 2026-12-11',
            "syncd align plan --help",
        ) from None


def _folder(settings: Settings) -> Path:
    return settings.state / "align"


def _keep(settings: Settings, name: str, found: Sequence[Proposal]) -> None:
    from syncd.files import write_atomic

    folder = _folder(settings)
    held = {"schema": SCHEMA, "plan": name, "edits": [document(one) for one in found]}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(folder / f"{name}.json", json.dumps(held, ensure_ascii=False).encode())
    except OSError as error:
        raise SyncdError(
            f"{folder}: the plan cannot be kept: {error.strerror}", hint=f"make {folder} writable"
        ) from None


def _kept(settings: Settings, name: str) -> tuple[Proposal, ...]:
    """The plan as it was shown. Raises Usage where there is none, or it was changed since."""
    path = _folder(settings) / f"{Path(name).name}.json"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        found = tuple(proposal(each) for each in held["edits"])
    except OSError:
        raise Usage(f'there is no plan "{clean(name)}"', "syncd align plan") from None
    except (ValueError, KeyError, TypeError):
        found = ()
    if digest(found) != name:
        raise Usage(f"{path} is not any more what was shown", "syncd align plan")
    return found


def _chosen(found: Sequence[Proposal], pick: str) -> list[Proposal]:
    """Raises Usage for what cannot be picked."""
    hint = "for example --pick 1,3 or --pick all"
    if not pick:
        raise Usage("say which edits to make", hint)
    if pick == "all":
        chosen = [one for one in found if not one.hindrance]
    else:
        numbers = {one.number: one for one in found}
        try:
            wanted = dict.fromkeys(int(part) for part in pick.split(","))
            chosen = [numbers[number] for number in wanted]
        except (ValueError, KeyError):
            raise Usage(f'--pick "{clean(pick)}" names no edits of this plan', hint) from None
    for one in chosen:
        if one.hindrance:
            raise Usage(f"{one.number} cannot be picked: {clean(one.hindrance)}", hint)
    if not chosen:
        raise Usage("nothing in this plan can be changed by syncd", "syncd align plan")
    return chosen


def _agreed(screen: Screen, chosen: Sequence[Proposal], picked: Picked) -> bool:
    """Whether the edits are to be made now. Raises Usage where nobody can be asked."""
    if picked.yes:
        return True
    if not screen.options.asks:
        raise Usage("nobody is there to agree", "add --yes")
    for one in chosen:
        sys.stderr.write(f"{_line(one)}\n")
    sys.stderr.write(f"Change {count(len(chosen), 'date')}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _line(one: Proposal) -> str:
    edit = one.edit
    return f"{one.number}. {edit.item.source}: {clean(one.what)} {edit.before} → {edit.after}"


def _show(screen: Screen, found: Sequence[Proposal], name: str, today: date) -> None:
    if not found:
        screen.text("All stated dates fit each other: there is nothing to align.")
        return
    rows = [
        [
            Cell(text=str(one.number)),
            Cell(text=one.edit.item.source),
            Cell(text=clean(one.what)),
            Cell(text=day(one.edit.before, today)),
            Cell(text=day(one.edit.after, today)),
            Cell(text=clean(one.because)),
        ]
        for one in found
    ]
    free = [str(one.number) for one in found if not one.hindrance]
    by_hand = [f"{one.number} is to be made by hand: {clean(one.hindrance)}."
               for one in found if one.hindrance]  # fmt: skip
    if screen.options.format == "md":
        said = "".join(f"- {escaped(line)}\n" for line in by_hand)
        screen.raw(f"### Plan {name}\n\n{markdown_table(COLUMNS, rows)}\n{said}".replace(NBSP, " "))
        return
    screen.table(COLUMNS, rows)
    screen.line("")
    for line in by_hand:
        screen.text(line, hanging=2)
    if free:
        screen.text(f"Plan {name}. Nothing was changed. To make some of these edits:")
        screen.text(screen.typed(f"syncd align apply {name} --pick {','.join(free)}"))


def _tell(screen: Screen, done: Sequence[_Outcome]) -> None:
    entries = [
        document(one.one)
        | {
            "type": "edit",
            "result": "failed" if one.error else "changed",
            "error": clean(str(one.error)) if one.error else None,
            "hint": clean(one.error.hint) if one.error else None,
        }
        for one in done
    ]
    if screen.is_json:
        screen.entries("syncd/align/1", "edits", entries)
    else:
        for one in done:
            if one.error is None:
                screen.text(f"✓ {_line(one.one)}", hanging=2)
            else:
                hint = f" ({clean(one.error.hint)})" if one.error.hint else ""
                screen.text(f"✗ {_line(one.one)}: {clean(str(one.error))}{hint}", hanging=2)
        changed = sum(one.error is None for one in done)
        screen.text(f"{count(changed, 'date')} changed; syncd reads them at its next sync.")
