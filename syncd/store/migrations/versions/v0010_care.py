"""Where the store lives, and who is not to be named again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


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
