"""The top of the simulated GraphQL API: what a query starts from, and the answer to one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from syncd.demo.simulators import github_graphql, github_nodes
from syncd.demo.simulators.github_access import Token, may_see
from syncd.demo.simulators.github_rows import item_node_id, stamp
from syncd.demo.simulators.github_things import Item
from syncd.demo.simulators.github_world import World
from syncd.demo.simulators.server import Answer


class Root:
    """What one token sees; `points` are left to it until `reset`."""

    def __init__(
        self, world: World, token: Token, *, limit: int, points: int, reset: datetime
    ) -> None:
        self.world, self.token = world, token
        self.budget = {
            "__typename": "RateLimit", "cost": 1, "limit": limit, "remaining": points,
            "resetAt": stamp(reset),
        }  # fmt: skip

    def answer(self, query: str, variables: dict[str, Any]) -> Answer:
        """As GitHub answers: with status 200 also where the query is refused."""
        try:
            document = github_graphql.parse(query)
            if "projectItems" in query and self.token.scopes and not self.token.shows_projects:
                return Answer(body={"errors": [_insufficient()]})
            data, errors = github_graphql.execute(
                document, self._node(), variables, github_nodes.is_a
            )
        except github_graphql.Refused as error:
            wrong = {"message": str(error), "extensions": {"code": "undefinedField"}}
            return Answer(body={"errors": [wrong]})
        errors += _unresolved(data)
        return Answer(body={"data": data, **({"errors": errors} if errors else {})})

    def _node(self) -> github_graphql.Node:
        def nodes(ids: list[str]) -> list[Any]:
            found = {
                item_node_id(item): item
                for item in self.world.items()
                if may_see(self.token, item.repo)
            }
            return [self._item(found[each]) if each in found else None for each in ids]

        return {
            "__typename": "Query",
            "node": lambda id: nodes([id])[0],  # noqa: A006 # GraphQL's own name
            "nodes": nodes,
            "repository": self._repository,
            "rateLimit": self.budget,
        }

    def _item(self, item: Item) -> github_graphql.Node:
        shows = self.token.shows_projects
        return github_nodes.item(item, self.world.closes, shows_projects=shows)

    def _repository(self, owner: str, name: str) -> github_graphql.Node:
        try:
            repo = self.world.repo(f"{owner}/{name}")
        except KeyError:
            repo = None
        if repo is None or not may_see(self.token, repo):
            raise github_graphql.NotFound(f"Could not resolve to a Repository '{owner}/{name}'.")
        return github_nodes.repository(
            repo, self._item, shows_files="contents" not in self.token.forbidden
        )


def _unresolved(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place, node in enumerate(data.get("nodes") or ()):
        if node is None:
            yield {
                "type": "NOT_FOUND",
                "path": ["nodes", place],
                "message": "Could not resolve to a node",
            }


def _insufficient() -> dict[str, Any]:
    return {
        "type": "INSUFFICIENT_SCOPES",
        "locations": [{"line": 1, "column": 1}],
        "message": "Your token has not been granted the required scopes: ['read:project']",
    }
