"""By which secrets links are signed, told apart without telling what they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0013"
down_revision = "0012"

BROUGHT = (Brought("signers", "links that another machine signed otherwise are not told of"),)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "signers",
        sa.Column("check_value", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("check_value"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
