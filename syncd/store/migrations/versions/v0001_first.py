"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.String(length=10)
TYPES: dict[str, Any] = {
    "text": sa.Text(),
    "number": sa.Integer(),
    "instant": sa.BigInteger(),
    "day": DAY,
    "flag": sa.Boolean(),
    "size": sa.Float(),
    "bytes": sa.LargeBinary(),
    "serial": SERIAL,
}


def upgrade() -> None:
    """Make every table."""
    _items()
    _entities()
    _events()
    _of_items()
    _accounts_and_scopes()
    _alerts()
    _outbox_and_runs()


def _columns(kind: str, names: str, *, required: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, TYPES[kind], nullable=not required) for name in names.split()]


def _item_id() -> list[Any]:
    return [
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], ondelete="CASCADE"),
    ]


def _items() -> None:
    op.create_table(
        "items",
        *_columns("serial", "id", required=True),
        *_columns("text", "source kind native_id", required=True),
        *_columns("text", "scope evidence"),
        *_columns("flag", "held", required=True),
        *_columns("number", "generation", required=True),
        *_columns("number", "gone_generation"),
        *_columns("instant", "first_seen missing_since gone_at"),
        *_columns("day", "open_until"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("items_key", "items", ["source", "kind", "native_id"], unique=True)
    op.create_index("items_scope", "items", ["source", "scope", "generation"])


def _entities() -> None:
    op.create_table(
        "issues",
        *_item_id(),
        *_columns("text", "ref scope title state phase aliases", required=True),
        *_columns("text", "type level parent assignee team priority url sprint milestones"),
        *_columns("text", "components labels"),
        *_columns("instant", "created_at updated_at done_at"),
        *_columns("size", "size"),
        *_columns("flag", "flagged restricted"),
        *_columns("number", "unchecked_tasks"),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_table(
        "pull_requests",
        *_item_id(),
        *_columns("text", "ref scope title state aliases", required=True),
        *_columns("text", "base head_branch author url review_decision checks"),
        *_columns("text", "requested_reviewers labels milestones reviews"),
        *_columns("number", "number"),
        *_columns("instant", "created_at updated_at pushed_at merged_at closed_at"),
        *_columns("flag", "draft base_is_default is_bot is_revert mergeable"),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_table(
        "milestones",
        *_item_id(),
        *_columns("text", "ref scope name state aliases", required=True),
        *_columns("text", "board url kind"),
        *_columns("instant", "updated_at closed_at"),
        *_columns("day", "start"),
        sa.PrimaryKeyConstraint("item_id"),
    )


def _events() -> None:
    op.create_table(
        "events",
        *_item_id(),
        *_columns("text", "ref scope title status aliases", required=True),
        *_columns("text", "type zone ical_uid recurring_id original_start organiser url refs"),
        *_columns("text", "attendees"),
        *_columns("day", "first_day", required=True),
        *_columns("day", "last_day"),
        *_columns("instant", "start_at end_at created_at updated_at"),
        *_columns("flag", "all_day private transparent"),
        *_columns("number", "sequence"),
        sa.PrimaryKeyConstraint("item_id"),
    )


def _of_items() -> None:
    op.create_table(
        "claims",
        *_item_id(),
        *_columns("text", "field role precision", required=True),
        *_columns("day", "lo hi", required=True),
        *_columns("text", "zone set_by"),
        *_columns("instant", "set_at"),
        sa.PrimaryKeyConstraint("item_id", "field"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "changes",
        *_item_id(),
        *_columns("text", "native_id field", required=True),
        *_columns("text", "old new actor"),
        *_columns("instant", "at learned_at", required=True),
        *_columns("flag", "is_bot", required=True),
        sa.PrimaryKeyConstraint("item_id", "native_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        *_item_id(),
        *_columns("text", "id far_ref evidence phrase inverse_phrase type_id", required=True),
        *_columns("text", "far"),
        *_columns("flag", "outward"),
        *_columns("flag", "explicit", required=True),
        *_columns("instant", "set_at since removed_at"),
        *_columns("instant", "learned_at", required=True),
        sa.PrimaryKeyConstraint("item_id", "id"),
        sqlite_with_rowid=False,
    )


def _accounts_and_scopes() -> None:
    op.create_table(
        "accounts",
        *_columns("text", "source id name", required=True),
        *_columns("text", "email"),
        *_columns("flag", "is_bot", required=True),
        sa.PrimaryKeyConstraint("source", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scopes",
        *_columns("text", "source name error", required=True),
        *_columns("text", "cursor"),
        *_columns("number", "generation", required=True),
        *_columns("instant", "began_at succeeded_at attempted_at failing_since retry_at"),
        *_columns("flag", "retired", required=True),
        sa.PrimaryKeyConstraint("source", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "problems",
        *_columns("text", "source scope native_id reason", required=True),
        *_columns("instant", "at", required=True),
        *_columns("number", "generation", required=True),
        sa.PrimaryKeyConstraint("source", "scope", "native_id"),
        sqlite_with_rowid=False,
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        *_columns("text", "fingerprint state document", required=True),
        *_columns("number", "number", required=True),
        sa.PrimaryKeyConstraint("fingerprint"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_alerts_state", "alerts", ["state"])
    op.create_table(
        "transitions",
        *_columns("serial", "id", required=True),
        *_columns("text", "fingerprint run reason document", required=True),
        *_columns("text", "before"),
        *_columns("instant", "at", required=True),
        *_columns("flag", "told", required=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transitions_fingerprint", "transitions", ["fingerprint"])


def _outbox_and_runs() -> None:
    op.create_table(
        "outbox",
        *_columns("serial", "id", required=True),
        *_columns("text", "message_id notifier person recipient subject", required=True),
        *_columns("text", "alerts reason state error", required=True),
        *_columns("bytes", "body fallback", required=True),
        *_columns("instant", "queued_at send_after", required=True),
        *_columns("instant", "sent_at"),
        *_columns("number", "attempts", required=True),
        *_columns("flag", "in_doubt", required=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_outbox_state", "outbox", ["state"])
    op.create_table(
        "runs",
        *_columns("serial", "seq", required=True),
        *_columns("text", "id snapshot_hash", required=True),
        *_columns("instant", "started_at ended_at as_of", required=True),
        *_columns("number", "findings transitions opened exit_code", required=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
