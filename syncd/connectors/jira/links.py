"""Links of an issue: Jira's own, the parent, and what texts say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.connectors.jira.people import People
from syncd.connectors.jira.values import Malformed, instant, maybe_text, rows, table, text
from syncd.connectors.markers import marked
from syncd.connectors.markup import document_text
from syncd.connectors.references import references, waiting_for
from syncd.model.items import ItemKey, Kind
from syncd.model.links import Evidence, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The near end of the links."""

    near: ItemKey
    ref: str
    host: str
    """Host of the site: addresses on it name items of it."""
    created_at: datetime
    set_at: Mapping[str, datetime]
    """Key of a far issue → when it was linked, where the change log tells."""
    parent: tuple[str, str] | None
    """(key, id or "")."""


def issue_links(
    fields: Mapping[str, Any], comments: Iterable[Mapping[str, Any]], near: Linked, people: People
) -> Iterator[Link]:
    """Every link that the issue states. Raises `Malformed`."""
    for raw in rows(fields, "issuelinks"):
        yield _issue_link(raw, near)
    if near.parent:
        ref, native_id = near.parent
        yield Link(
            id=f"parent-{near.near.native_id}",
            near=near.near,
            far_ref=ref,
            far=_far(near, native_id),
            evidence=Evidence.PARENT,
        )
    told: dict[str, Link] = {}
    for words, at in _texts(fields, comments, near, people):
        for link in _told(words, at, near):
            told.setdefault(link.id, link)
    yield from told.values()


def _issue_link(raw: Mapping[str, Any], near: Linked) -> Link:
    kind = table(raw, "type")
    # Read from this side: "{near} {outward} {outwardIssue}".
    side, other = ("outward", "inward") if raw.get("outwardIssue") else ("inward", "outward")
    if not raw.get(f"{side}Issue"):
        raise Malformed("issuelinks has a link without a far end")
    far = table(raw, f"{side}Issue")
    ref = text(far, "key")
    return Link(
        id=text(raw, "id"),
        near=near.near,
        far_ref=ref,
        far=_far(near, maybe_text(far, "id")),
        evidence=Evidence.ISSUE_LINK,
        phrase=maybe_text(kind, side) or "",
        inverse_phrase=maybe_text(kind, other) or "",
        type_id=maybe_text(kind, "id") or "",
        outward=side == "outward",
        set_at=near.set_at.get(ref),
    )


def _texts(
    fields: Mapping[str, Any], comments: Iterable[Mapping[str, Any]], near: Linked, people: People
) -> Iterator[tuple[str, datetime]]:
    """Title, description and what people (not robots) commented, with when it was written.

    What only a role or group may read is not told to others by a link.
    """
    yield (
        "\n".join(_words(fields.get(name)) for name in ("summary", "description")),
        near.created_at,
    )
    for comment in comments:
        author = people.read(comment.get("author"))
        words = comment_text(comment)
        is_open = comment.get("visibility") is None and marked(words) is None
        if author is not None and not author.is_bot and is_open:
            yield words, instant(comment, "created")


def comment_text(comment: Mapping[str, Any]) -> str:
    """What a comment says, without markup where it is a document."""
    return _words(comment.get("body"))


def _words(value: Any) -> str:
    """Wiki text (REST v2), or the document that REST v3 and exports have in its place."""
    if isinstance(value, dict):
        return document_text(value)
    return value if isinstance(value, str) else ""


def _told(words: str, at: datetime, near: Linked) -> Iterator[Link]:
    hosts = (near.host,)
    refs = [ref for ref in references(words, hosts=hosts) if ref != near.ref]
    waits = {each.ref: each.phrase for each in waiting_for(words, hosts=hosts)} if refs else {}
    for ref in refs:
        waiting = ref in waits
        yield Link(
            id=f"{'waits' if waiting else 'names'}-{near.near.native_id}-{ref}",
            near=near.near,
            far_ref=ref,
            evidence=Evidence.WAITS_PHRASE if waiting else Evidence.CROSS_REFERENCE,
            phrase=waits.get(ref, ""),
            explicit=False,
            set_at=at,
        )


def _far(near: Linked, native_id: str | None) -> ItemKey | None:
    return ItemKey(near.near.source, Kind.ISSUE, native_id) if native_id else None
