"""Inboxes that replies are read from, and links and mails that were taken already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0007"
down_revision = "0006"

BROUGHT = (
    Brought(
        "acts", "mails that somebody stopped come again", ("document",),
        """document LIKE '%{"kind":"stop",%'""", "DELETE FROM acts",
    ),
    Brought("mailboxes", "replies that were read already are read again"),
    Brought("taken", "a reply or link that counted already counts once more"),
    Brought("oddities", "mails that came back and replies that were refused are not told of"),
)  # fmt: skip


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "mailboxes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger()),
        sa.Column("failing_since", sa.BigInteger()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "taken",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "oddities",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "about", "day"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
