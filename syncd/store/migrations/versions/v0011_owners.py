"""How often each part of a store on a server was taken into possession."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0011"
down_revision = "0010"

BROUGHT = (
    Brought("owners", "a process that comes back after another took its place may write"),
)  # fmt: skip


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "owners",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("tenure", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
