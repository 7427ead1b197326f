"""What people did: answers to alerts, baselines, releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0005"
down_revision = "0004"

BROUGHT = (
    Brought(
        "transitions", "a reminder counts as a change", ("reason",), "reason = 'reminded'",
        "UPDATE transitions SET reason = 'changed'",
    ),
    Brought("acts", "answers, baselines and releases are gone: what was silenced speaks again"),
)  # fmt: skip


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
