"""Bookmarks of pulls that were cut off, times of whole listings, rate budgets, code owners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("scopes", sa.Column("bookmark", sa.Text()))
    op.add_column("scopes", sa.Column("listed_at", sa.BigInteger()))
    op.add_column("pull_requests", sa.Column("code_owners", sa.Text(), server_default="[]"))
    op.create_table(
        "budgets",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("reset_at", sa.BigInteger()),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
        sqlite_with_rowid=False,
    )
