"""Which deliverables were declared, to know them again under another name of their table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0016"
down_revision = "0015"

BROUGHT = (
    Brought(
        "runs", "a deliverable whose table got another name begins anew", ("declared",),
        "declared <> '[]'",
    ),
)  # fmt: skip


def upgrade() -> None:
    """Add the column."""
    column = sa.Column("declared", sa.Text(), nullable=False, server_default="[]")
    op.add_column("runs", column)


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
