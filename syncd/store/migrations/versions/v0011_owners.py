"""How often each part of a store on a server was taken into possession."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "owners",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("tenure", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part"),
        sqlite_with_rowid=False,
    )
