"""`syncd store downgrade`: what an older schema has no room for, and the way down to it."""

from __future__ import annotations

from syncd.cli.options import Options, Usage
from syncd.cli.screen import Screen
from syncd.cli.stores import confirm, say
from syncd.cli.wiring import now, settings_of
from syncd.cli.words import count
from syncd.store import downgrade as stores
from syncd.store.opening import is_server_at
from syncd.store.schema import SCHEMA

NO_BACKUP = "a store on a server has no backup but the one that you made with pg_dump; "


def downgrade(options: Options, to: int, *, yes: bool) -> int:
    """The store at the schema of an older program."""
    if not 1 <= to < SCHEMA:
        raise Usage(f"{to} is no older schema: there are 1 to {SCHEMA - 1}", "syncd store check")
    url = settings_of(options, with_plugins=False).store_url
    warning = NO_BACKUP if is_server_at(url) else ""

    def agree(lost: tuple[stores.Loss, ...]) -> None:
        _tell(Screen(options), to, lost)
        confirm(options, f"{warning}take the store down to schema {to}?", yes=yes,
                command=f"syncd store downgrade --to {to} --yes")  # fmt: skip

    done = stores.downgrade(url, to, now(), agree)
    say(options, _words(done, to), action="downgrade", was=done.was, version=min(done.was, to),
        backup=str(done.backup) if done.backup else None,
        lost=[{"table": one.brought.table, "columns": one.brought.columns, "rows": one.rows,
               "without": one.brought.without} for one in done.lost])  # fmt: skip
    return 0


def _tell(screen: Screen, to: int, lost: tuple[stores.Loss, ...]) -> None:
    if screen.is_json:
        return
    screen.text(f"Schema {to} has no room for:" if lost else "Nothing that is held is lost.")
    for one in lost:
        table, columns = one.brought.table, ", ".join(one.brought.columns)
        place = f"{table} ({columns})" if columns else table
        screen.text(
            f"{place}, {count(one.rows, 'row')}: {one.brought.without}", indent=2, hanging=2
        )


def _words(done: stores.Downgraded, to: int) -> str:
    if done.was <= to:
        return f"The store has schema {done.was}: there is nothing to take down."
    kept = f" Before that it was {done.backup}." if done.backup else ""
    return (
        f"Downgraded from schema {done.was} to {to}.{kept} Install the older syncd now: the next "
        "command of this one that writes upgrades the store again."
    )
