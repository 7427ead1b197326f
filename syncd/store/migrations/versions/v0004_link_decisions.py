"""What people said of suspected dependencies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0004"
down_revision = "0003"

BROUGHT = (
    Brought("link_decisions", "dependencies that people accepted or rejected are proposed again"),
)  # fmt: skip


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "link_decisions",
        sa.Column("dependant", sa.Text(), nullable=False),
        sa.Column("prerequisite", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dependant", "prerequisite"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
