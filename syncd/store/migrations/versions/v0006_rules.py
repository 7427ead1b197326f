"""What each rule found and took, clocks of providers, listings that are not believed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0006"
down_revision = "0005"

BROUGHT = (
    Brought("runs", "what each rule found in past passes is not known",
            ("rules",), "rules <> '{}'"),
    Brought("scopes", "a listing that was not believed is: what it lacks is gone",
            ("lost",), "lost > 0"),
    Brought("issues", "states that nobody mapped pass for known", ("unmapped",), "unmapped"),
    Brought("clocks", "how far a provider's clock is off is not known until its next answer"),
)  # fmt: skip


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("runs", sa.Column("rules", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("scopes", sa.Column("lost", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("issues", sa.Column("unmapped", sa.Boolean(), server_default=sa.false()))
    op.create_table(
        "clocks",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("skew", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it out."""
    take_out(BROUGHT)
