"""What tells this store from every other, for what it writes on items."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table and its only row."""
    table = op.create_table(
        "identity",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance"),
        sqlite_with_rowid=False,
    )
    op.bulk_insert(table, [{"instance": secrets.token_hex(4)}])
