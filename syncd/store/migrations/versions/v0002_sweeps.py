"""Bookmarks of pulls that were cut off, times of whole listings, rate budgets, code owners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0002"
down_revision = "0001"

BROUGHT = (
    Brought(
        "scopes", "a pull that was cut off begins anew", ("bookmark", "listed_at"),
        "bookmark IS NOT NULL OR listed_at IS NOT NULL",
    ),
    Brought(
        "pull_requests", "who owns the changed code is not known", ("code_owners",),
        "code_owners <> '[]'",
    ),
    Brought("budgets", "what a provider still allows is not known until its next answer"),
)  # fmt: skip


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


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
