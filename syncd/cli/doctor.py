"""`syncd doctor`: test every credential, right, the mail server and the store."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from syncd.addressing import declared_before, declared_now
from syncd.checking import OTHERS
from syncd.cli.failures import worst
from syncd.cli.options import Options, Usage, near, require
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, open_app, start_log
from syncd.cli.words import count, stray
from syncd.errors import ConfigError, StoreError, SyncdError
from syncd.interfaces import Check, Mark
from syncd.model.alerts import AlertState, Message, NoticeKind, Notification
from syncd.model.findings import Finding
from syncd.model.people import Person
from syncd.reconciler.engine import answers
from syncd.reconciler.parameters import configure
from syncd.reconciler.visibility import Visibility
from syncd.settings.files import display
from syncd.store.opening import path_of
from syncd.store.sqlite import require_writable

if TYPE_CHECKING:
    from syncd.app import App

MARKS = {
    Mark.OK: ("✓", "green"), Mark.NOTE: ("·", "dim"),
    Mark.WARNING: ("!", "yellow"), Mark.FAILED: ("✗", "red"),
}  # fmt: skip
LABEL = 12


def doctor(options: Options, names: Sequence[str], test_mail: str) -> int:
    """Print each check as it is made."""
    start_log(options)
    screen = Screen(options)
    made: list[tuple[str, Check]] = []
    app, trouble = _opened(options)
    with app:
        mail = () if app.settings.mail is None else ("mail",)
        parts = [*app.settings.sources, *mail, *app.settings.notifiers]
        require("source or way to tell people", names, dict.fromkeys([*parts, *OTHERS]))
        if test_mail and test_mail not in app.settings.people:
            raise Usage(f'there is no person "{test_mail}"', "syncd config show")
        if not screen.is_json:
            _head(screen, app)
        here = [] if names else chain(_here(app), _written(app, trouble))
        lines = chain(here, app.check(names, now))
        for section, checks in groupby(lines, key=lambda line: line[0]):
            made += _section(screen, section, [check for _, check in checks])
        if test_mail:
            made += _section(screen, "test mail", _send_test(app, test_mail))
    _end(screen, made, has_parts=bool(parts))
    return worst(check.exit_code or 3 for _, check in made if check.mark is Mark.FAILED)


def _opened(options: Options) -> tuple[App, StoreError | None]:
    """With a table that cannot be used, or a store that cannot be written, all else is tested."""
    # Warnings of the configuration are lines of the screen, not said before it.
    quiet = replace(options, quiet=max(options.quiet, 1))
    trouble: SyncdError | None = None
    for unchecked, read_only in ((False, False), (True, False), (True, True)):
        try:
            app = open_app(quiet, unchecked=unchecked, read_only=read_only)
        except (ConfigError, StoreError) as error:
            trouble = trouble or error
        else:
            return app, trouble if isinstance(trouble, StoreError) else None
    raise trouble or AssertionError


def _written(app: App, trouble: StoreError | None) -> Iterator[tuple[str, Check]]:
    """That the store cannot be written, where it cannot: a test of the others needs no room."""
    try:
        if trouble is not None:
            raise trouble
        if app.settings.store_url.startswith("sqlite:"):
            require_writable(path_of(app.settings.store_url))
    except StoreError as error:
        text, code = str(error), error.exit_code
        yield "store", Check(mark=Mark.FAILED, text=text, fix=error.hint, exit_code=code)


def _head(screen: Screen, app: App) -> None:
    files = ", ".join(display(path) for path in app.settings.files)
    kind = app.settings.store_url.partition(":")[0].partition("+")[0]
    size = f"{app.store.size() / 1e6:.1f} MB"
    screen.text(f"syncd {version('syncd')}   config {files}   store {kind} {size}", hanging=2)
    screen.line("")


def _here(app: App) -> Iterator[tuple[str, Check]]:
    """What can be told of this machine and of the configuration alone."""
    yield "python", Check(mark=Mark.OK, text=platform.python_version())
    for problem in app.settings.warnings:
        about = f"{problem.path}: " if problem.path else ""
        text = f"{problem.where}: {about}{problem.message}"
        yield "config", Check(mark=Mark.WARNING, text=text)
    for scope, issues in app.store.strays().items():
        what, fix = stray(scope, issues)
        yield "config", Check(mark=Mark.WARNING, text=f"{scope.source}: {what}", fix=fix)
    yield from (("config", check) for check in (*_renamed(app), *_misnamed(app)))


def _misnamed(app: App) -> Iterator[Check]:
    """Names that nothing has which was read: what they mean is not watched."""
    if not app.settings.deliverables:
        return
    view = app.view(now(), assume_fresh=False)
    visibility = Visibility(view, assume_fresh=False)
    rules = (one for one in configure(app.rules, view.config) if one.rule.id == "unknown-name")
    for found in chain.from_iterable(answers(view, visibility, one) for one in rules):
        if isinstance(found, Finding):
            yield Check(mark=Mark.WARNING, text=found.summary, fix=found.act)


def _renamed(app: App) -> Iterator[Check]:
    """What the next pass will do where a deliverable has another name."""
    before = {one.id: one for one in declared_before(app.store)}
    now_ = declared_now(app.settings, app.store)
    lost = before.keys() - {one.id for one in now_}
    firing = {
        one.finding.subject for one in app.store.alerts() if one.state is not AlertState.RESOLVED
    }
    names = [before[key].table or key for key in sorted(lost) if f"deliverable:{key}" in firing]
    for one in now_ if before else ():
        table = f"[deliverables.{one.table}]"
        if one.id in before:
            if (was := before[one.id].table) not in ("", one.table) and not one.formerly:
                text = f"{table} is made of what [deliverables.{was}] was: it goes on as that"
                yield Check(mark=Mark.NOTE, text=text)
        elif one.formerly:
            text = f'{table} was formerly "{one.formerly}", of which nothing is known'
            hint = near(one.formerly, [each.table or each.id for each in before.values()])
            yield Check(mark=Mark.WARNING, text=text + hint)
        elif names:
            is_gone = f"[deliverables.{names[0]}], of which alerts are open, is gone"
            yield Check(
                mark=Mark.WARNING, text=f"{table} is new and {is_gone}",
                fix=f'if they are one: formerly = "{names[0]}" in {table}, before the next pass',
            )  # fmt: skip


def _send_test(app: App, name: str) -> list[Check]:
    """One mail to one person, by each way that reaches them; not recorded."""
    current = now()
    person = next(person for person in app.settings.reachable() if person.id == name)
    notification = Notification(
        kind=NoticeKind.SERVICE,
        person=name,
        transitions=(),
        as_of=current,
        key=f"test {current.isoformat()}",
        headline="syncd can reach you",
        lines=("This is the test that was asked for.",),
    )
    return [_sent(app, way, person, notification, current) for way in person.notifiers]


def _sent(
    app: App, way: str, person: Person, notification: Notification, current: datetime
) -> Check:
    if way not in app.notifiers:
        text = f"{person.name}: there is no notifier {way}"
        return Check(mark=Mark.FAILED, text=text, exit_code=3)
    notifier = app.notifiers[way]
    rendered = notifier.render(notification, person)
    message = Message(
        message_id=rendered.message_id,
        notifier=way,
        person=person.id,
        recipient=rendered.recipient or person.email,
        subject=rendered.subject,
        body=rendered.body,
        fallback=rendered.fallback,
        queued_at=current,
        send_after=current,
    )
    try:
        notifier.send(message)
    except SyncdError as error:
        return Check(mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=3)
    return Check(mark=Mark.OK, text=f"{way}: accepted for {message.recipient}")


def _section(screen: Screen, section: str, checks: Sequence[Check]) -> list[tuple[str, Check]]:
    for index, check in enumerate(checks):
        if screen.options.format == "jsonl":
            screen.lines_of([_entry(section, check)])
        elif screen.options.format != "json":
            label = f" {section}" if index == 0 else ""
            _print(screen, label.ljust(LABEL), check)
    return [(section, check) for check in checks]


def _print(screen: Screen, label: str, check: Check) -> None:
    from syncd.cli.screen import wrapped

    mark, style = MARKS[check.mark]
    for number, line in enumerate(wrapped(clean(check.text), screen.width - LABEL - 2)):
        if number == 0:
            screen.line(label, (mark, style), f" {line}")
        else:
            screen.line(" " * (LABEL + 2) + line)
    if check.fix:
        screen.text(screen.typed(f"fix: {clean(check.fix)}"), indent=LABEL + 2, hanging=5)


def _end(screen: Screen, made: Sequence[tuple[str, Check]], *, has_parts: bool) -> None:
    if screen.options.format == "json":
        entries = [_entry(section, check) for section, check in made]
        screen.document({"schema": "syncd/doctor/1", "checks": entries})
    if screen.is_json:
        return
    failed = sum(check.mark is Mark.FAILED for _, check in made)
    warned = sum(check.mark is Mark.WARNING for _, check in made)
    screen.line("")
    if not has_parts:
        screen.line("Neither a source nor mail is configured, so there is nothing else to test.")
        return
    if not failed and not warned:
        screen.line("Everything works.")
        return
    words = [count(failed, "problem")] if failed else []
    words += [count(warned, "warning")] if warned else []
    screen.line(", ".join(words) + ".")


def _entry(section: str, check: Check) -> dict[str, Any]:
    return {
        "type": "check", "section": section, "mark": str(check.mark), "text": clean(check.text),
        "fix": clean(check.fix),
    }  # fmt: skip
