"""Why a message waits, and what it tells in the neutral form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0009"
down_revision = "0008"

BROUGHT = (
    Brought(
        "transitions", "a step up counts as a reminder", ("reason",), "reason = 'escalated'",
        "UPDATE transitions SET reason = 'reminded'",
    ),
    Brought(
        "outbox", "mails leave at their time; why they wait, and what they leave out, is not known",
        ("hold", "veiled"), "hold <> '' OR veiled <> '[]'",
    ),
)  # fmt: skip


def upgrade() -> None:
    """Add the columns."""
    op.add_column("outbox", sa.Column("hold", sa.Text(), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("veiled", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
