"""By which configuration, calendars and code a pass judged, and what its rules found clear."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.down import Brought, take_out

revision = "0014"
down_revision = "0013"

BROUGHT = (
    Brought(
        "runs", "by which configuration and code past passes judged is not known",
        ("clear", "config_hash", "calendar_data", "code_version"), "code_version <> ''",
    ),
)  # fmt: skip


def upgrade() -> None:
    """Add the columns."""
    for name, default in (
        ("clear", "{}"), ("config_hash", ""), ("calendar_data", ""), ("code_version", ""),
    ):  # fmt: skip
        op.add_column("runs", sa.Column(name, sa.Text(), nullable=False, server_default=default))


def downgrade() -> None:
    """Take them out."""
    take_out(BROUGHT)
