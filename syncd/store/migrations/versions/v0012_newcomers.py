"""Which scopes no pass has judged since they are configured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; what was read before was judged."""
    op.add_column(
        "scopes",
        sa.Column("newcomer", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(sa.text("UPDATE scopes SET newcomer = true WHERE succeeded_at IS NULL"))
