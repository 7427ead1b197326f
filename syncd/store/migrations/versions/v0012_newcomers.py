"""Which scopes no pass has judged since they are configured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0012"
down_revision = "0011"

BROUGHT = (
    Brought(
        "transitions", "a step up for a near date counts as one for want of an answer",
        ("reason",), "reason = 'near its date'", "UPDATE transitions SET reason = 'escalated'",
    ),
    Brought(
        "outbox", "a mail that waits since its reader has heard waits for a digest", ("hold",),
        "hold = 'heard'", "UPDATE outbox SET hold = 'digest'",
    ),
    Brought(
        "scopes", "old problems of what is newly read are mailed like new ones", ("newcomer",),
        "newcomer",
    ),
)  # fmt: skip


def upgrade() -> None:
    """Add the column; what was read before was judged."""
    op.add_column(
        "scopes",
        sa.Column("newcomer", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(sa.text("UPDATE scopes SET newcomer = true WHERE succeeded_at IS NULL"))


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
