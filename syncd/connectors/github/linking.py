"""Links that GitHub states, and those that people write into titles and texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from syncd.connectors.github import history
from syncd.connectors.github.details import Event, Far, IssueDetails, PullDetails
from syncd.connectors.github.mapping import Repo
from syncd.connectors.github.rows import Row, optional_text
from syncd.connectors.references import references, unquoted, waiting_for
from syncd.model.items import Issue, ItemKey, Kind, PullRequest
from syncd.model.links import Evidence, Link

MOST = 200
"""Links of one kind kept of one item; more is a list, not a statement about this item."""

_BRANCH_KEY = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]{1,49}-[1-9]\d{0,8})(?![A-Za-z0-9])")
_CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?[ \t]{1,5}", re.IGNORECASE)


def issue_links(item: Issue, row: Row, details: IssueDetails, repo: Repo) -> tuple[Link, ...]:
    """Links seen from an issue: parent, native dependencies, what its text names, who named it."""
    far = [(Evidence.PARENT, details.parent)] if details.parent else []
    far += [(Evidence.BLOCKED_BY, blocker) for blocker in details.blocked_by[:MOST]]
    return _unique(
        item.ref,
        [
            *(_stated(item.key, evidence, end, repo) for evidence, end in far),
            *_named(item.key, Evidence.TITLE, [item.title], repo),
            *_of_body(item.key, optional_text(row, "body"), repo),
            *_cross_references(item.key, details.events, repo),
        ],
    )


def pull_links(item: PullRequest, row: Row, details: PullDetails, repo: Repo) -> tuple[Link, ...]:
    """Links seen from a pull request: what it closes, and what its places name."""
    body = optional_text(row, "body")
    commits = [e.value for e in details.events if e.kind == "committed"]
    return _unique(
        item.ref,
        [
            *_closes(item, body, details, repo),
            *_named(item.key, Evidence.TITLE, [item.title], repo),
            *_of_branch(item.key, item.head_branch),
            *_named(item.key, Evidence.COMMIT, _without_merges(commits), repo),
            # What a robot writes there are mostly notes of other projects, with their numbers.
            *(() if item.is_bot else _of_body(item.key, body, repo)),
        ],
    )


def _closes(item: PullRequest, body: str, details: PullDetails, repo: Repo) -> Iterator[Link]:
    if details.closes is not None:
        for end in details.closes[:MOST]:
            yield _stated(item.key, Evidence.CLOSES, end, repo)
    elif item.base_is_default:
        body = unquoted(body)
        for said in _CLOSING.finditer(body):
            after = body[said.end() : said.end() + 300].split(maxsplit=1)
            for ref in _refs(after[0], repo)[:1] if after else ():
                yield _link(item.key, Evidence.CLOSES, ref)


def _of_body(near: ItemKey, body: str, repo: Repo) -> Iterator[Link]:
    for said in waiting_for(body, hosts=_hosts(repo.web), repository=repo.full_name)[:MOST]:
        yield _link(near, Evidence.WAITS_PHRASE, said.ref, phrase=said.phrase, explicit=False)
    yield from _named(near, Evidence.BODY, [body], repo)


def _of_branch(near: ItemKey, branch: str) -> Iterator[Link]:
    for found in _BRANCH_KEY.findall(branch):
        yield _link(near, Evidence.BRANCH, found.upper(), explicit=False)


def _named(near: ItemKey, evidence: Evidence, texts: Iterable[str], repo: Repo) -> Iterator[Link]:
    found = dict.fromkeys(ref for text in texts for ref in _refs(text, repo))
    for ref in list(found)[:MOST]:
        yield _link(near, evidence, ref, explicit=False)


def _without_merges(headlines: Iterable[str]) -> list[str]:
    """A merge commit names what was merged into the branch, not what the branch is for."""
    return [each for each in headlines if not each.startswith("Merge ")]


def _cross_references(near: ItemKey, events: Iterable[Event], repo: Repo) -> Iterator[Link]:
    for event in list(events)[-10 * MOST :]:
        if event.source is None or history.is_bot(event.actor, repo.bots):
            continue
        kind = Kind.PULL_REQUEST if event.source.is_pull else Kind.ISSUE
        yield Link(
            id=_id(near, Evidence.CROSS_REFERENCE, event.source.ref),
            near=near,
            far_ref=event.source.ref,
            far=repo.key(kind, event.source.id) if event.source.id else None,
            evidence=Evidence.CROSS_REFERENCE,
            explicit=False,
            set_at=event.at,
        )


def _stated(near: ItemKey, evidence: Evidence, end: Far, repo: Repo) -> Link:
    far = repo.key(Kind.ISSUE, end.id) if end.id else None
    return Link(id=_id(near, evidence, end.ref), near=near, far_ref=end.ref, far=far,
                evidence=evidence)  # fmt: skip


def _link(
    near: ItemKey, evidence: Evidence, ref: str, *, phrase: str = "", explicit: bool = True
) -> Link:
    return Link(
        id=_id(near, evidence, ref),
        near=near,
        far_ref=ref,
        evidence=evidence,
        phrase=phrase,
        explicit=explicit,
    )


def _id(near: ItemKey, evidence: Evidence, ref: str) -> str:
    return f"{near.kind}:{near.native_id}:{evidence}:{ref}"


def _refs(text: str, repo: Repo) -> tuple[str, ...]:
    return references(text, hosts=_hosts(repo.web), repository=repo.full_name)


@lru_cache(maxsize=64)
def _hosts(web: str) -> tuple[str, ...]:
    return ((urlsplit(web).hostname or "").lower(),)


def _unique(own: str, links: Iterable[Link]) -> tuple[Link, ...]:
    return tuple({link.id: link for link in links if link.far_ref != own}.values())
