"""Every table of the store, the same for SQLite and PostgreSQL.

Instants are BIGINT microseconds since 1970-01-01 UTC, days are ISO text, small tuples JSON text.
A change here needs a migration in `migrations/versions`, with its way down, and a higher `SCHEMA`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

from syncd.model.items import Kind
from syncd.store.columns import CLASSES, FIELDS, TABLES

SCHEMA = 16
"""Number of the schema that this program reads and writes; the newest migration's id."""

VERSION_TABLE = "syncd_schema"
"""Table on a server that tells the number of the schema, and that the tables are syncd's."""

WAY_DOWN = f"to keep what came since, with the newer syncd: syncd store downgrade --to {SCHEMA}"
"""What to type where a store is newer than this program."""

metadata = MetaData()

_SERIAL = BigInteger().with_variant(Integer(), "sqlite")
_REQUIRED = frozenset(
    {"ref", "scope", "title", "name", "state", "phase", "status", "aliases", "first_day"}
)


def _item_id() -> Column[int]:
    return Column(
        "item_id", BigInteger, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True
    )


items = Table(
    "items",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("scope", Text),
    Column("held", Boolean, nullable=False, default=False),
    Column("first_seen", BigInteger),
    Column("open_until", String(10)),
    Column("generation", Integer, nullable=False, default=0),
    Column("missing_since", BigInteger),
    Column("gone_at", BigInteger),
    Column("gone_generation", Integer),
    Column("evidence", Text),
    Index("items_key", "source", "kind", "native_id", unique=True),
    Index("items_scope", "source", "scope", "generation"),
)
"""Identity of everything ever named. `held` once its content came; `scope` is the part of the
source that named it last, in pull number `generation`; `evidence` says why it counts as gone."""

entities: dict[Kind, Table] = {
    kind: Table(
        name,
        metadata,
        _item_id(),
        *(
            Column(field.name, field.type, nullable=field.name not in _REQUIRED)
            for field in FIELDS[CLASSES[kind]]
        ),
    )
    for kind, name in TABLES.items()
}

claims = Table(
    "claims",
    metadata,
    _item_id(),
    Column("field", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("lo", String(10), nullable=False),
    Column("hi", String(10), nullable=False),
    Column("precision", Text, nullable=False),
    Column("zone", Text),
    Column("set_at", BigInteger),
    Column("set_by", Text),
    sqlite_with_rowid=False,
)

changes = Table(
    "changes",
    metadata,
    _item_id(),
    Column("native_id", Text, primary_key=True),
    Column("field", Text, nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text),
    Column("is_bot", Boolean, nullable=False),
    Column("learned_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    _item_id(),
    Column("id", Text, primary_key=True),
    Column("far_ref", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("far", Text),
    Column("phrase", Text, nullable=False),
    Column("inverse_phrase", Text, nullable=False),
    Column("type_id", Text, nullable=False),
    Column("outward", Boolean),
    Column("explicit", Boolean, nullable=False),
    Column("set_at", BigInteger),
    Column("since", BigInteger),
    Column("learned_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    sqlite_with_rowid=False,
)
"""`item_id` is the near end. `since` is when we saw it appear on an item that we held without."""

accounts = Table(
    "accounts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("is_bot", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

scopes = Table(
    "scopes",
    metadata,
    Column("source", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("cursor", Text),
    Column("generation", Integer, nullable=False),
    Column("began_at", BigInteger),
    Column("succeeded_at", BigInteger),
    Column("attempted_at", BigInteger),
    Column("failing_since", BigInteger),
    Column("error", Text, nullable=False),
    Column("retry_at", BigInteger),
    Column("retired", Boolean, nullable=False),
    Column("bookmark", Text),
    Column("listed_at", BigInteger),
    Column("lost", Integer, nullable=False, server_default="0"),
    Column("newcomer", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)
"""`generation` counts pulls; `began_at` is the first commit of the one under way, else NULL.
`bookmark` is how far a pull came that has not ended. `retired` scopes are configured no more.
`lost` items were missing from the newest listing, which is therefore not believed. No pass has
judged a `newcomer` since it is configured, or configured again."""

clocks = Table(
    "clocks",
    metadata,
    Column("source", Text, primary_key=True),
    Column("skew", Integer, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""`skew` is by how many seconds the provider's clock is ahead of ours."""

budgets = Table(
    "budgets",
    metadata,
    Column("source", Text, primary_key=True),
    Column("remaining", BigInteger, nullable=False),
    Column("whole", BigInteger, nullable=False),
    Column("reset_at", BigInteger),
    Column("noted_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

link_decisions = Table(
    "link_decisions",
    metadata,
    Column("dependant", Text, primary_key=True),
    Column("prerequisite", Text, primary_key=True),
    Column("accepted", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Both ends are `str(ItemKey)`: what people said outlives the items."""

acts = Table(
    "acts",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("document", Text, nullable=False),
)
"""Only ever added to: what people did, in the order in which they did it."""

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("validity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("read_at", BigInteger),
    Column("failing_since", BigInteger),
    Column("error", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""`uid` of the last message looked at, while the server's UIDVALIDITY is `validity`; 0 = none."""

taken = Table(
    "taken",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Replies and links that were acted on: each counts once, whatever is read or sent again."""

signers = Table(
    "signers",
    metadata,
    Column("check_value", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""`check_value` tells secrets apart that sign links, and not what they are; `noted_at` is when one
was in use last, on `host`."""

oddities = Table(
    "oddities",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

problems = Table(
    "problems",
    metadata,
    Column("source", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("native_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False),
    sqlite_with_rowid=False,
)

alerts = Table(
    "alerts",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("state", Text, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("fingerprint", Text, nullable=False, index=True),
    Column("run", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("before", Text),
    Column("reason", Text, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("document", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("notifier", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("fallback", LargeBinary, nullable=False),
    Column("alerts", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("send_after", BigInteger, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("in_doubt", Boolean, nullable=False),
    Column("sent_at", BigInteger),
    Column("error", Text, nullable=False),
    Column("hold", Text, nullable=False, server_default=""),
    Column("veiled", Text, nullable=False, server_default="[]"),
)

forecasts = Table(
    "forecasts",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("made_at", BigInteger, primary_key=True),
    Column("made_on", String(10), nullable=False),
    Column("done_on", String(10)),
    Column("taken_out", Integer, nullable=False),
    Column("settled_at", BigInteger),
    Column("document", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""`done_on` is the day it came true, `taken_out` how many items had left by then, `settled_at` the
pass that noticed."""

runs = Table(
    "runs",
    metadata,
    Column("seq", _SERIAL, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("snapshot_hash", Text, nullable=False),
    Column("findings", Integer, nullable=False),
    Column("transitions", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("exit_code", Integer, nullable=False),
    Column("rules", Text, nullable=False, server_default="{}"),
    Column("clear", Text, nullable=False, server_default="{}"),
    Column("config_hash", Text, nullable=False, server_default=""),
    Column("calendar_data", Text, nullable=False, server_default=""),
    Column("code_version", Text, nullable=False, server_default=""),
    Column("too_early", Text, nullable=False, server_default="[]"),
    Column("declared", Text, nullable=False, server_default="[]"),
)
"""`rules` is by rule id [findings, unknown, microseconds], `clear` by rule id a number, `too_early`
fingerprints and `declared` tables [id, name, said, match], in the newest run only."""

identity = Table(
    "identity",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("host", Text),
    Column("folder", Text),
    Column("inode", Text),
    sqlite_with_rowid=False,
)
"""One row: what tells this store from every other; made with the table. The others say where the
file was when its owner last opened it, so that a copy of it is noticed."""

owners = Table(
    "owners",
    metadata,
    Column("part", Text, primary_key=True),
    Column("tenure", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""On a server: `tenure` counts how often a part was taken into possession, "" being all of it. Who
finds another number than his own has lost it, and must not write."""

forgotten = Table(
    "forgotten",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Keyed hashes of accounts and persons that are not to be named again."""
