"""The groups `syncd store` and `syncd people`, and `syncd export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.groups import group, options_of

store = group("The store: upgrade, downgrade, check, back up, restore, prune.")
people = group("People: what is held of somebody, and taking it out.")

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Who = Annotated[str, typer.Argument(metavar="ID", help="Person, account or mail address.")]


@store.command("upgrade")
def _store_upgrade(ctx: typer.Context) -> int:
    """Bring it to the schema of this syncd, after a backup beside it."""
    from syncd.cli import stores

    return stores.upgrade(options_of(ctx))


@store.command("downgrade")
def _store_downgrade(
    ctx: typer.Context,
    *,
    to: Annotated[int, typer.Option("--to", metavar="SCHEMA", help="What the older syncd knows.")],
    yes: Yes = False,
) -> int:
    """Take it down to the schema of an older syncd; tells first what that has no room for."""
    from syncd.cli import downgrade

    return downgrade.downgrade(options_of(ctx), to, yes=yes)


@store.command("check")
def _store_check(ctx: typer.Context) -> int:
    """Read every page, index and reference; also while a service runs."""
    from syncd.cli import stores

    return stores.check(options_of(ctx))


@store.command("backup")
def _store_backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file, or a folder.")],
) -> int:
    """A whole copy; also while a service runs."""
    from syncd.cli import stores

    return stores.back_up(options_of(ctx), file)


@store.command("restore")
def _store_restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    *,
    yes: Yes = False,
) -> int:
    """Put a backup in its place; the store that is there is kept beside it."""
    from syncd.cli import stores

    return stores.restore(options_of(ctx), file, yes=yes)


@store.command("prune")
def _store_prune(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    yes: Yes = False,
) -> int:
    """Remove what is older than store.keep_days and the like; counts first."""
    from syncd.cli import stores

    return stores.prune(options_of(ctx), dry_run=dry_run, yes=yes)


@store.command("adopt")
def _store_adopt(ctx: typer.Context) -> int:
    """Use a store that was copied here or moved away; the other must not be used any more."""
    from syncd.cli import stores

    return stores.adopt(options_of(ctx))


@store.command("move")
def _store_move(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of a new database; - = from stdin.")],
) -> int:
    """Copy it into another database, such as one on PostgreSQL; all of it or nothing."""
    from syncd.cli import stores

    return stores.move(options_of(ctx), url)


def export_command(
    ctx: typer.Context,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="DIR", help="Folder for the files.")
    ] = "",
) -> int:
    """All that is held, in the common model; -f jsonl, csv or ics. JSON lines without -o.

    For whoever may read the store: nothing is left out.
    """
    from syncd.cli import export

    return export.export(options_of(ctx), output)


@people.command("show")
def _people_show(ctx: typer.Context, who: Who) -> int:
    """All that is held of a person."""
    from syncd.cli import people as screens

    return screens.show(options_of(ctx), who)


@people.command("forget")
def _people_forget(ctx: typer.Context, who: Who, *, yes: Yes = False) -> int:
    """Take a person out of all that is held, and of every later pull."""
    from syncd.cli import people as screens

    return screens.forget(options_of(ctx), who, yes=yes)
