"""Why a message waits, and what it tells in the neutral form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("outbox", sa.Column("hold", sa.Text(), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("veiled", sa.Text(), nullable=False, server_default="[]"))
