"""Forecasts as they were made, and what came true."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0003"
down_revision = "0002"

BROUGHT = (
    Brought("forecasts", "how earlier forecasts came true is not known, nor learned from"),
)  # fmt: skip


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "forecasts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.String(10), nullable=False),
        sa.Column("done_on", sa.String(10)),
        sa.Column("taken_out", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "made_at"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
