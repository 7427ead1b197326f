"""`syncd export`: all that is held, in the common model, for other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from syncd.cli.options import Options, Usage
from syncd.cli.screen import Screen
from syncd.cli.wiring import now, open_reading
from syncd.cli.words import count
from syncd.errors import SyncdError

NOTE = "All that is held, also what not everybody may see: for whoever may read the store."


def export(options: Options, output: str) -> int:
    """Files into the folder `output`; JSON lines to stdout without one."""
    made_as = "jsonl" if options.format == "table" else options.format
    if made_as not in ("jsonl", "csv", "ics"):
        raise Usage(f'"{made_as}" is not one of jsonl, csv, ics', "syncd export --format jsonl")
    if not output and made_as != "jsonl":
        raise Usage(
            f"{made_as} makes files: say into which folder", f"syncd export -f {made_as} -o DIR"
        )
    from syncd import exporting

    with open_reading(options) as (_, store):
        snapshot = store.snapshot(now())
    screen = Screen(options)
    screen.note(NOTE)
    if not output:
        for table in exporting.TABLES:
            for line in exporting.json_lines(snapshot, table):
                screen.raw(line.decode())
        return 0
    folder = _folder(Path(output))
    if made_as == "ics":
        _write(folder / "calendar.ics", iter((exporting.calendar(snapshot),)))
        sys.stdout.write(f"{folder / 'calendar.ics'}\n")
        return 0
    lines = exporting.csv_lines if made_as == "csv" else exporting.json_lines
    for table in exporting.TABLES:
        path = folder / f"{table}.{made_as}"
        _write(path, lines(snapshot, table))
        sys.stdout.write(f"{path}: {count(len(getattr(snapshot, table)), 'row')}\n")
    return 0


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _refusal(folder, error) from error
    return folder


def _write(path: Path, pieces: Iterator[bytes]) -> None:
    from syncd.files import write_pieces

    try:
        write_pieces(path, pieces)
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> SyncdError:
    return SyncdError(
        f"cannot write {path}: {error.strerror}", hint="syncd export -o ANOTHER-FOLDER"
    )
