"""What the newest pass could not judge yet for want of history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0015"
down_revision = "0014"

BROUGHT = (
    Brought(
        "runs", "what could not be judged yet is mailed like new once it can", ("too_early",),
        "too_early <> '[]'",
    ),
)  # fmt: skip


def upgrade() -> None:
    """Add the column."""
    column = sa.Column("too_early", sa.Text(), nullable=False, server_default="[]")
    op.add_column("runs", column)


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
