"""The way down: what a step up brought is named, counted and taken out."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import op


@dataclass(frozen=True, slots=True)
class Brought:
    """A table, columns of one, or values in them, that programs of the schema before don't know."""

    table: str
    without: str
    """What follows where it is gone: a clause that people read before they agree."""
    columns: tuple[str, ...] = ()
    """None of them = the whole table."""
    holding: str = "true"
    """In SQL, which rows have something there."""
    instead: str = ""
    """SQL that makes values of it which those programs read, where nothing is dropped."""

    @property
    def count(self) -> str:
        """SQL that counts those rows."""
        return f"SELECT count(*) FROM {self.table} WHERE {self.holding}"  # noqa: S608


def take_out(brought: tuple[Brought, ...]) -> None:
    """Take all of it out, in the migration that runs."""
    for one in brought:
        if one.instead:
            op.execute(f"{one.instead} WHERE {one.holding}")
        elif one.columns:
            for column in one.columns:
                op.drop_column(one.table, column)
        else:
            op.drop_table(one.table)
