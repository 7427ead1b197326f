"""What tells this store from every other, for what it writes on items."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0008"
down_revision = "0007"

BROUGHT = (
    Brought(
        "acts", "edits made by align are not on record", ("document",),
        """document LIKE '%{"kind":"align",%'""", "DELETE FROM acts",
    ),
    Brought("identity", "its notes on items, and the ids of its mails, are those of another store"),
)  # fmt: skip


def upgrade() -> None:
    """Add the table and its only row."""
    table = op.create_table(
        "identity",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance"),
        sqlite_with_rowid=False,
    )
    op.bulk_insert(table, [{"instance": secrets.token_hex(4)}])


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
