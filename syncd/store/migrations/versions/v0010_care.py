"""Where the store lives, and who is not to be named again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0010"
down_revision = "0009"

BROUGHT = (
    Brought(
        "identity", "a copy of it, or one that was left behind, is used without a question",
        ("host", "folder", "inode"), "host IS NOT NULL",
    ),
    Brought("forgotten", "who was forgotten is named again by the next pull"),
)  # fmt: skip


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("identity", sa.Column("host", sa.Text()))
    op.add_column("identity", sa.Column("folder", sa.Text()))
    op.add_column("identity", sa.Column("inode", sa.Text()))
    op.create_table(
        "forgotten",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
