"""Reads what listed rows lack: many items at once by GraphQL, else one by one by REST."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncd.connectors.github import graphql, queries, rest
from syncd.connectors.github.batches import Batches
from syncd.connectors.github.client import GitHubClient
from syncd.connectors.github.details import Far, IssueDetails, PullDetails
from syncd.connectors.github.graphql_answers import GraphQLUnusable
from syncd.connectors.github.host import Host
from syncd.connectors.github.listing import PAGE_LIMIT, everything, is_pull
from syncd.connectors.github.mapping import Repo
from syncd.connectors.github.rows import (
    Malformed,
    Row,
    inner,
    number,
    optional_text,
    row,
    rows,
)
from syncd.errors import NotVisible, UnexpectedAnswer

Details = IssueDetails | PullDetails | Malformed

log = logging.getLogger(__name__)

FILE_PAGES = 30
"""Of the files of one pull request: GitHub's REST API ends there too, at 3,000 files."""

AT_ONCE = 34
"""Items of one query: a page of a list takes three."""

_ABOUT_PROJECTS = re.compile("INSUFFICIENT_SCOPES|project", re.IGNORECASE)


class DetailReader:
    """Notes at the host what that turned out not to have. One per client."""

    def __init__(self, client: GitHubClient, host: Host) -> None:
        self.client, self.host = client, host
        self._batches = Batches(AT_ONCE)

    def read(self, repo: Repo, found: Sequence[Row]) -> Mapping[int, Details]:
        """Details of listed rows by number; Malformed where those of one can't be used."""

        def batch(ids: Sequence[str]) -> dict[str, Row]:
            return self._batch(ids, files=bool(repo.owners))

        nodes = self._nodes(found, batch)
        return {
            number(each, "number"): self._pull(repo, each, nodes)
            if is_pull(each)
            else self._issue(repo.id, each, nodes)
            for each in found
        }

    def _issue(self, repo: int, issue: Row, nodes: Mapping[str, Row]) -> IssueDetails | Malformed:
        path = f"/repositories/{repo}/issues/{number(issue, 'number')}"
        node = nodes.get(optional_text(issue, "node_id"))
        try:
            blockers = self._blockers(path, issue)
            if node is not None:
                known = graphql.issue_details(node, blockers)
                parent = known.parent if self.host.has_parents else rest.parent(issue)
                return known if parent == known.parent else replace(known, parent=parent)
            timeline = everything(self.client, f"{path}/timeline", where=f"the timeline at {path}")
            return rest.issue_details(issue, rows(timeline), blockers)
        except NotVisible as error:
            return Malformed(str(error))
        except Malformed as error:
            return error

    def _pull(self, repo: Repo, pull: Row, nodes: Mapping[str, Row]) -> PullDetails | Malformed:
        node = nodes.get(optional_text(pull, "node_id"))
        try:
            if node is not None:
                return graphql.pull_details(node)
            return self._pull_by_rest(repo, number(pull, "number"))
        except NotVisible as error:
            return Malformed(str(error))
        except Malformed as error:
            return error

    def _pull_by_rest(self, repo: Repo, shown: int) -> PullDetails:
        path = f"/repositories/{repo.id}/pulls/{shown}"
        answer = self.client.get(path, where=f"pull request {shown}")
        reviews = everything(self.client, f"{path}/reviews", where=f"the reviews of #{shown}")
        timeline = everything(
            self.client,
            f"/repositories/{repo.id}/issues/{shown}/timeline",
            where=f"the timeline of #{shown}",
        )
        files = (
            everything(self.client, f"{path}/files", where=f"the files of #{shown}")
            if repo.owners
            else ()
        )
        return rest.pull_details(
            row(answer.body, "the answer"), rows(reviews), rows(timeline), rows(files)
        )

    def _blockers(self, path: str, issue: Row) -> tuple[Far, ...]:
        """What blocks an issue, asked only where its row says that something does.

        A host that knows no dependencies has no such summary in its rows.
        """
        summary = inner(issue, "issue_dependencies_summary")
        if not (summary.get("total_blocked_by") or summary.get("blocked_by")):
            return ()
        where = f"what blocks {path.rpartition('/')[2]}"
        found = everything(self.client, f"{path}/dependencies/blocked_by", where=where)
        return tuple(far for each in rows(found) if (far := rest.far(each)) is not None)

    def _nodes(
        self, found: Sequence[Row], batch: Callable[[Sequence[str]], dict[str, Row]]
    ) -> dict[str, Row]:
        """Node id → node, its lists whole. Those that can't be had so are missing."""
        ids = [node_id for each in found if (node_id := optional_text(each, "node_id"))]
        while self.host.has_graphql and ids:
            try:
                return self._batches.ask(ids, batch)
            except GraphQLUnusable as error:
                if error.is_refusal:
                    log.info("%s: GraphQL was refused (%s); these by REST", self.client.name, error)
                    return {}
                self._ask_less(error)
        return {}

    def _ask_less(self, error: GraphQLUnusable) -> None:
        """Leave out what the host refuses: parents, fields of projects, in the end GraphQL."""
        name, host = self.client.name, self.host
        if host.has_parents and "'parent'" in str(error):
            log.info("%s does not tell parents; going on without", name)
            host.has_parents = False
        elif host.has_projects and _ABOUT_PROJECTS.search(str(error)):
            log.warning("%s: fields of projects can't be read: syncd doctor %s", name, name)
            host.has_projects = False
        else:
            log.info("%s: no GraphQL for this (%s); by REST", name, error)
            host.has_graphql = False

    def _batch(self, ids: Sequence[str], *, files: bool) -> dict[str, Row]:
        where, host = f"details of {len(ids)} items", self.host
        query = queries.details(projects=host.has_projects, parents=host.has_parents, files=files)
        data = self.client.query(query, {"ids": list(ids)}, where=where, parts=len(ids), whole=True)
        return {
            optional_text(node, "id"): whole
            for node in rows(data.get("nodes"))
            if optional_text(node, "id") and (whole := self._whole(node))
        }

    def _whole(self, node: Row) -> Row | None:
        """The node, its lists read to their ends; None where one of them broke off."""
        lists = {
            name: self._to_its_end(node, name, query)
            for (kind, name), query in queries.MORE.items()
            if kind == node.get("__typename") and name in node
        }
        return None if None in lists.values() else {**node, **lists}

    def _to_its_end(self, node: Row, name: str, query: str) -> Row | None:
        part, nodes = inner(node, name), list[Any]()
        for _ in range(FILE_PAGES if name == "files" else PAGE_LIMIT):
            after = inner(part, "pageInfo")
            if not nodes and not after.get("hasNextPage"):
                return part
            if not isinstance(part.get("nodes"), list):
                return None
            nodes += part["nodes"]
            if not after.get("hasNextPage"):
                return {"nodes": nodes}
            variables = {"id": optional_text(node, "id"), "after": after.get("endCursor")}
            where = f"the rest of the {name} of an item"
            data = self.client.query(query, variables, where=where, whole=True)
            part = inner(data, "node", name)
        if name == "files":
            return inner(node, name)
        raise UnexpectedAnswer(f"the {name} of an item have no end", source=self.client.name)
