"""A loopback GitHub: REST and GraphQL over a world that people act on; tokens, limits, renames."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from syncd.demo.simulators import github_rows
from syncd.demo.simulators.github_access import Installation, Token, may_see, said
from syncd.demo.simulators.github_root import Root
from syncd.demo.simulators.github_rows import Row
from syncd.demo.simulators.github_things import Item, Repo
from syncd.demo.simulators.github_timeline import timeline
from syncd.demo.simulators.github_world import World
from syncd.demo.simulators.github_writing import add_writing
from syncd.demo.simulators.server import Answer, Request, Simulator


class GitHubSimulator(Simulator, World):
    """GitHub as far as a reader of repositories meets it.

    `url` is the REST address, in the form of an Enterprise Server (`…/api/v3`); GraphQL answers
    beside it at `…/api/graphql`. Acts (see `World`) happen at `now`.
    """

    prefix = "/api/v3"

    def __init__(self, *, now: datetime | None = None) -> None:
        Simulator.__init__(self, now=now)
        World.__init__(self)
        self.tokens: dict[str, Token] = {}
        self.apps: dict[int, Installation] = {}
        self.rate_limit = self.point_limit = 5000
        self.used = self.points = 0
        """Requests of the REST API, and points of the GraphQL API."""
        self.has_graphql = True
        self.has_dependencies = True
        repo, one = r"/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)", r"/(?P<number>\d+)"
        by_id = r"/repositories/(?P<id>\d+)"
        self.route("GET", "/user", self._user)
        self.route("GET", "/user/repos", self._given)
        self.route("GET", "/installation/repositories", self._given)
        self.route("GET", "/rate_limit", self._rate)
        self.route("POST", "/api/graphql", self._graphql)
        self.route("GET", r"/app/installations/(?P<id>\d+)", self._installation)
        self.route("POST", r"/app/installations/(?P<id>\d+)/access_tokens", self._app_token)
        for start in (repo, by_id):
            self.route("GET", start, self._repository)
            self.route("GET", f"{start}/milestones", self._milestones)
            self.route("GET", f"{start}/issues", self._issues)
            self.route("GET", f"{start}/issues{one}", self._issue)
            self.route("GET", f"{start}/issues{one}/timeline", self._timeline)
            self.route("GET", f"{start}/issues{one}/dependencies/blocked_by", self._blocked_by)
            self.route("GET", f"{start}/pulls", self._pulls)
            self.route("GET", f"{start}/pulls{one}", self._pull)
            self.route("GET", f"{start}/pulls{one}/reviews", self._reviews)
            self.route("GET", f"{start}/pulls{one}/files", self._files)
            self.route("GET", f"{start}/contents/(?P<path>.+)", self._contents)
        add_writing(self)

    def add_token(self, text: str, login: str, **more: Any) -> Token:
        """Let `text` in as a credential of `login`; `more` as in `Token`."""
        self.user(login)
        self.tokens[text] = Token(login=login, **more)
        return self.tokens[text]

    def revoke(self, text: str) -> None:
        """Refuse a credential from now."""
        del self.tokens[text]

    def add_app(self, installation: int, token: str, **permissions: str) -> None:
        """Give `token` (see `add_token`) for an hour at a time to that installation.

        `permissions` are those that it has besides those to read issues and pull requests.
        """
        basic = dict.fromkeys(("issues", "metadata", "pull_requests"), "read")
        self.apps[installation] = Installation(token=token, permissions=basic | permissions)

    def authorise(self, request: Request) -> Answer | None:
        """401 without a good credential, 403 when the budget is used up."""
        if "/app/installations/" in request.path:
            # Signed with the App's own key, which is not looked at here.
            return None
        token = self.token_of(request)
        if token is None or (token.expires_at and token.expires_at <= self.now):
            return said(401, "Bad credentials")
        if request.path.endswith("/rate_limit"):
            return None
        if request.path.endswith("/graphql"):
            return None
        if self.used >= self.rate_limit:
            return said(403, f"API rate limit exceeded for user {token.login}.")
        self.used += 1
        return None

    def default_headers(self, request: Request) -> Mapping[str, str]:
        """The rate budget, and what is to be told of the token."""
        token = self.token_of(request)
        graphql = request.path.endswith("/graphql")
        limit, used = (self.point_limit, self.points) if graphql else (self.rate_limit, self.used)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - used)),
            "X-RateLimit-Used": str(min(used, limit)),
            "X-RateLimit-Reset": str(int(self._reset.timestamp())),
            "X-RateLimit-Resource": "graphql" if graphql else "core",
        }
        if token and token.expires_at:
            at = token.expires_at.astimezone(UTC)
            headers["GitHub-Authentication-Token-Expiration"] = f"{at:%Y-%m-%d %H:%M:%S} UTC"
        if token and token.scopes is not None:
            headers["X-OAuth-Scopes"] = token.scopes
        return headers

    def not_found(self, request: Request) -> Answer:  # noqa: ARG002 # as the server calls it
        """What GitHub says of everything that is not there or not shown."""
        return said(404, "Not Found")

    def answer(self, request: Request) -> Answer:
        """As routed; a reader that holds the answer already is told only that."""
        answer = super().answer(request)
        if request.method != "GET" or answer.status != 200:
            return answer
        digest = hashlib.sha256(json.dumps(answer.body).encode()).hexdigest()
        headers = {**answer.headers, "ETag": f'W/"{digest}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            self.used -= 1
            return Answer(status=304, headers=headers)
        return Answer(body=answer.body, headers=headers)

    def token_of(self, request: Request) -> Token | None:
        """The credential of a request; None where it is no good one."""
        said = request.headers.get("authorization", "").partition(" ")[2]
        return self.tokens.get(said)

    def _user(self, request: Request) -> Answer:
        token = self.token_of(request)
        someone = self.user(token.login if token else "nobody")
        return Answer(body=github_rows.account(someone, self.url, self.now))

    def _rate(self, request: Request) -> Answer:  # noqa: ARG002 # of the route
        def budget(limit: int, used: int) -> Row:
            left, reset = max(0, limit - used), int(self._reset.timestamp())
            return {"limit": limit, "remaining": left, "reset": reset, "used": min(used, limit)}

        core, points = budget(self.rate_limit, self.used), budget(self.point_limit, self.points)
        parts = {"core": core, "search": core, "graphql": points}
        return Answer(body={"rate": core, "resources": parts})

    def _app_token(self, request: Request, id: str) -> Answer:  # noqa: A002 # of the route
        found = self.apps.get(int(id))
        if found is None:
            return said(404, "Not Found")
        asked = request.json().get("permissions") or found.permissions
        if not all(found.allows(*each) for each in asked.items()):
            return said(422, "The permissions requested are not granted to this installation.")
        # Client libraries compare it with the machine's clock, whatever ours says.
        until = max(self.now, datetime.now(UTC)) + timedelta(hours=1)
        return Answer(
            status=201,
            body={
                "token": found.token,
                "expires_at": github_rows.stamp(until),
                "permissions": asked,
                "repository_selection": "selected",
            },
        )

    def _installation(self, request: Request, id: str) -> Answer:  # noqa: A002, ARG002 # as above
        found = self.apps.get(int(id))
        if found is None:
            return said(404, "Not Found")
        return Answer(body=github_rows.installation(int(id), found.permissions, self.url, self.now))

    def _given(self, request: Request) -> Answer:
        """The repositories of a token; those of an App's come in an object of their own."""
        token = self.token_of(request)
        names = token.repos if token else ()
        given = [repo for repo in self.repos.values() if names is None or repo.full_name in names]
        page = self.page(request, given, lambda repo: github_rows.repository(repo, self.url))
        if request.path.endswith("/user/repos"):
            return page
        return Answer(body={"total_count": len(given), "repositories": page.body})

    def _repository(self, request: Request, **where: str) -> Answer:
        return self.within(request, where, lambda repo: self._one(github_rows.repository, repo))

    def _one(self, shape: Callable[..., Row], *what: Any) -> Answer:
        return Answer(body=shape(*what, self.url))

    def _milestones(self, request: Request, **where: str) -> Answer:
        def listed(repo: Repo) -> Answer:
            wanted = request.query.get("state", "open")
            rows = [github_rows.milestone(m, repo, self.url) for m in repo.milestones.values()]
            return self.page(request, [r for r in rows if wanted in ("all", r["state"])])

        return self.within(request, where, listed, "issues")

    def _issues(self, request: Request, **where: str) -> Answer:
        def listed(repo: Repo) -> Answer:
            query = request.query
            wanted, since = query.get("state", "open"), query.get("since")
            found = [i for i in repo.listed if wanted in ("all", i.state)]
            if since:
                start = datetime.fromisoformat(since)
                found = [i for i in found if i.updated_at.replace(microsecond=0) >= start]
            by = "updated_at" if query.get("sort") == "updated" else "created_at"
            down = query.get("direction", "desc") == "desc"
            found.sort(key=lambda i: (getattr(i, by), i.number), reverse=down)
            return self.page(request, found, self._issue_row)

        return self.within(request, where, listed, "issues")

    def _issue_row(self, item: Item) -> Row:
        others = list(self.items())
        blocking = sum(item in each.blocked_by for each in others)
        children = [each for each in others if each.parent is item]
        row = github_rows.issue(item, self.url, blocking=blocking, children=children)
        if not self.has_dependencies:
            del row["issue_dependencies_summary"]
        return row

    def _issue(self, request: Request, number: str, **where: str) -> Answer:
        return self.of_item(request, where, number, lambda item: Answer(body=self._issue_row(item)))

    def _timeline(self, request: Request, number: str, **where: str) -> Answer:
        return self.of_item(
            request, where, number, lambda item: self.page(request, timeline(item, self.url))
        )

    def _blocked_by(self, request: Request, number: str, **where: str) -> Answer:
        def listed(item: Item) -> Answer:
            if not self.has_dependencies:
                return self.not_found(request)
            return self.page(request, [self._issue_row(each) for each in item.blocked_by])

        return self.of_item(request, where, number, listed)

    def _pulls(self, request: Request, **where: str) -> Answer:
        def listed(repo: Repo) -> Answer:
            found = [i for i in repo.items.values() if i.pull_id and i.state == "open"]
            return self.page(request, [github_rows.listed_pull(each, self.url) for each in found])

        return self.within(request, where, listed, "pull_requests")

    def _pull(self, request: Request, number: str, **where: str) -> Answer:
        def one(item: Item) -> Answer:
            if item.pull_id is None:
                return self.not_found(request)
            return self._one(github_rows.pull, item)

        return self.of_item(request, where, number, one, "pull_requests")

    def _reviews(self, request: Request, number: str, **where: str) -> Answer:
        def listed(item: Item) -> Answer:
            rows = [github_rows.review(each, item, self.url) for each in item.reviews]
            return self.page(request, rows)

        return self.of_item(request, where, number, listed, "pull_requests")

    def _files(self, request: Request, number: str, **where: str) -> Answer:
        def listed(item: Item) -> Answer:
            rows = [github_rows.file(path, item, self.url) for path in item.files]
            return self.page(request, rows)

        return self.of_item(request, where, number, listed, "pull_requests")

    def _contents(self, request: Request, path: str, **where: str) -> Answer:
        def one(repo: Repo) -> Answer:
            if path not in repo.files:
                return self.not_found(request)
            return self._one(github_rows.content, path, repo)

        return self.within(request, where, one, "contents")

    def of_item(
        self,
        request: Request,
        where: Mapping[str, str],
        number: str,
        then: Callable[[Item], Answer],
        right: str = "issues",
    ) -> Answer:
        """What `then` says of the item, if it is there and the token may see it."""

        def one(repo: Repo) -> Answer:
            item = repo.items.get(int(number))
            if item is not None and (item.pull_id or repo.has_issues):
                return then(item)
            if item is not None:
                return said(410, "Issues has been disabled in this repository.")
            if (new := repo.moved.get(int(number))) is not None:
                place = f"{self.url}/repositories/{new.repo.id}/issues/{new.number}"
                return said(301, "Moved Permanently", Location=place)
            if int(number) in repo.deleted:
                return said(410, "This issue was deleted")
            return self.not_found(request)

        return self.within(request, where, one, right)

    def within(
        self,
        request: Request,
        where: Mapping[str, str],
        then: Callable[[Repo], Answer],
        right: str = "metadata",
    ) -> Answer:
        """What `then` says of the repository, if the token may see that."""
        token = self.token_of(request)
        repo = self._found(where)
        if repo is None or token is None or not may_see(token, repo):
            return self.not_found(request)
        if right in token.forbidden:
            needed = {"X-Accepted-GitHub-Permissions": f"{right}=read"}
            return said(403, "Resource not accessible by personal access token", **needed)
        name = f"{where.get('owner')}/{where.get('name')}"
        if "owner" in where and name.casefold() != repo.full_name.casefold():
            tail = request.path.removeprefix(f"{self.prefix}/repos/{name}")
            query = f"?{urlencode(request.pairs)}" if request.pairs else ""
            place = f"{self.url}/repositories/{repo.id}{tail}{query}"
            moved = {"message": "Moved Permanently", "url": place}
            return Answer(status=301, body=moved, headers={"Location": place})
        return then(repo)

    def _found(self, where: Mapping[str, str]) -> Repo | None:
        if "id" in where:
            return self.repos.get(int(where["id"]))
        try:
            return self.repo(f"{where['owner']}/{where['name']}")
        except KeyError:
            return None

    def page(
        self, request: Request, rows: list[Any], shape: Callable[[Any], Row] = lambda row: row
    ) -> Answer:
        """The rows that a request asks for, with links to the others."""
        size = min(int(request.query.get("per_page", 30)), 100)
        number = int(request.query.get("page", 1))
        last = max(1, -(-len(rows) // size))
        ends = {"next": number + 1, "last": last} if number < last else {}
        if number > 1:
            ends |= {"prev": number - 1, "first": 1}
        links = ", ".join(f'<{self._at(request, page)}>; rel="{rel}"' for rel, page in ends.items())
        shown = rows[(number - 1) * size : number * size]
        return Answer(body=[shape(e) for e in shown], headers={"Link": links} if links else {})

    def _at(self, request: Request, page: int) -> str:
        return f"{self.origin}{request.path}?{urlencode({**request.query, 'page': page})}"

    def _graphql(self, request: Request) -> Answer:
        token = self.token_of(request)
        if not self.has_graphql or token is None:
            return self.not_found(request)
        if self.points >= self.point_limit:
            wrong = {"type": "RATE_LIMITED", "message": "API rate limit exceeded"}
            return Answer(body={"errors": [wrong]})
        self.points += 1
        asked = request.json()
        left = self.point_limit - self.points
        root = Root(self, token, limit=self.point_limit, points=left, reset=self._reset)
        return root.answer(asked["query"], asked.get("variables") or {})

    @property
    def _reset(self) -> datetime:
        return self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
