"""Providers of any size: the product's simulators over issues that are made when they are asked for.

A world is a function of its numbers: what it holds is the same in every run, and a project is made
when somebody lists it, so that 100,000 issues need no more memory than those of a few projects.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from syncd.demo.simulators import github_nodes, github_rows, jira_shapes
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.github_things import Event, Item, Repo, Review
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.demo.simulators.jira_rows import log_items
from syncd.demo.simulators.server import Answer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BORN = NOW - timedelta(days=400)
PEOPLE = 40
TOKEN = "simulated-token"
WORDS = (
    "The nightly export writes each entry twice when the ledger is closed while a batch is open.",
    "Steps are in the runbook; the second replica shows it too, the first one after a restart.",
    "Seen by three customers since the last release, always in the hour after the rates change.",
    "We agreed to keep the old column until the reports have moved over to the new one.",
    "Nothing in the logs of the gateway; the client waits for its answer and then gives up.",
)


def prose(seed, length):
    """Text of about `length` characters, with a line break a sentence."""
    lines = []
    while sum(map(len, lines)) < length:
        lines.append(WORDS[(seed + len(lines) * 3) % len(WORDS)])
    return "\n".join(lines)


class Jira(JiraSimulator):
    """`projects` of `size` issues each: ten change log entries, two comments, some links."""

    def __init__(self, projects: int, size: int) -> None:
        super().__init__("cloud", now=NOW, token=TOKEN)
        self.size = size
        self.edited: dict[int, datetime] = {}
        for number in range(PEOPLE):
            self.add_user(f"person-{number}", f"Person {number}")
        for number in range(projects):
            key = self.add_project(f"P{number:04}", f"Project {number}")
            self.versions[f"{number + 1}"] = jira_shapes.Version(
                id=f"{number + 1}", project=key, name="2.1", release=date(2027, 1, 15)
            )
        for number in range(8):
            start = NOW - timedelta(days=14 * (6 - number))
            self.sprints[f"{number + 1}"] = jira_shapes.Sprint(
                id=f"{number + 1}", name=f"Sprint {number + 1}", board=1,
                state="closed" if number < 6 else "active", start=start,
                end=start + timedelta(days=14),
                completed=start + timedelta(days=14) if number < 6 else None,
            )  # fmt: skip
        self.made = lru_cache(maxsize=8)(self._made)

    @property
    def first_ids(self):
        return {key: (place + 1) * 1_000_000 for place, key in enumerate(self.projects)}

    def touch(self, share: float) -> None:
        """Edit that share of all issues, an hour after everything else."""
        step = round(1 / share)
        for first in self.first_ids.values():
            self.edited |= dict.fromkeys(range(first, first + self.size, step), NOW)
        self.now = NOW + timedelta(hours=1)
        self.made.cache_clear()

    def issue(self, key):
        if key.isdigit():
            number = int(key)
            project = list(self.projects)[number // 1_000_000 - 1]
            return self.made(project)[number % 1_000_000]
        project, _, number = key.rpartition("-")
        return self.made(project)[int(number) - 1]

    def _found(self, jql):
        project = jql.partition('"')[2].partition('"')[0]
        _, _, since = jql.partition("updated >= ")
        self.issues = {each.id: each for each in self.made(project)}
        self.links = [
            (str(int(each.id) * 10), "10100", each.id, str(int(each.id) + 1))
            for each in self.made(project)[:-1:4]
        ]
        found = list(self.issues.values())
        if since:
            at = int(since.split()[0])
            found = [each for each in found if each.updated.timestamp() * 1000 >= at]
        return found

    def _made(self, project):
        first = self.first_ids[project]
        return [self._new(project, first, place) for place in range(self.size)]

    def _new(self, project, first, place):
        seed, number = first + place, first + place
        born = BORN + timedelta(hours=seed % 6000)
        issue = jira_shapes.Issue(
            id=str(number), key=f"{project}-{place + 1}", project=project, type="Story",
            summary=f"Ledger export {seed % 977} of the nightly run", created=born, updated=born,
            reporter=f"person-{seed % PEOPLE}", status="In Progress",
            description=f"{prose(seed, 2200)}\nblocked by {project}-{1 + seed % self.size}",
            assignee=f"person-{seed * 7 % PEOPLE}", due=date(2026, 12, 1 + seed % 28),
            points=float(seed % 8), team="Ledger", labels=("nightly", f"area-{seed % 9}"),
            components=("export",), versions=(str(first // 1_000_000),), sprints=("6", "7"),
        )  # fmt: skip
        issue.comments = [
            jira_shapes.Comment(
                id=str(number * 100 + n), author=f"person-{(seed + n) % PEOPLE}",
                body=prose(seed + n, 500), at=born + timedelta(days=n + 1),
            )
            for n in range(2)
        ]  # fmt: skip
        steps = (
            ("assignee", None, f"person-{seed % PEOPLE}"), ("priority", "Low", "Medium"),
            ("due", None, date(2026, 11, 1 + seed % 28)), ("labels", (), ("nightly",)),
            ("points", None, float(seed % 8)), ("status", "To Do", "In Progress"),
            ("sprints", ("6",), ("6", "7")), ("description", "It fails", prose(seed, 300)),
            ("assignee", f"person-{seed % PEOPLE}", issue.assignee),
            ("due", date(2026, 11, 1 + seed % 28), issue.due),
        )  # fmt: skip
        issue.log = [
            jira_shapes.Entry(
                id=str(number * 100 + n), author=f"person-{(seed + n) % PEOPLE}",
                at=born + timedelta(days=n + 1), items=list(log_items(self, *step)),
            )
            for n, step in enumerate(steps)
        ]  # fmt: skip
        issue.updated = self.edited.get(number, issue.log[-1].at)
        return issue


class _Rows(Sequence):
    """Rows that are written when a page asks for them."""

    def __init__(self, items, write):
        self.items, self.write = items, write

    def __len__(self):
        return len(self.items)

    def __getitem__(self, part):
        return [self.write(each) for each in self.items[part]]


class GitHub(GitHubSimulator):
    """`repos` of `size` items each, two pull requests to an issue, about nine events an item."""

    def __init__(self, repos: int, size: int) -> None:
        super().__init__(now=NOW)
        self.size, self.rate_limit = size, 10**9
        self.add_token(TOKEN, "octo")
        self.people = [self.user(f"person-{n}", f"Person {n}") for n in range(PEOPLE)]
        self.edited: dict[int, datetime] = {}
        for number in range(repos):
            self.add_milestone(self.add_repo(f"acme/r{number:04}").full_name, "2.1")
        self.made = lru_cache(maxsize=8)(self._made)

    def touch(self, share: float) -> None:
        """Edit that share of all items, an hour after everything else."""
        step = round(1 / share)
        for repo in self.repos:
            self.edited |= dict.fromkeys(
                range(repo * 1_000_000, repo * 1_000_000 + self.size, step), NOW
            )
        self.now = NOW + timedelta(hours=1)
        self.made.cache_clear()

    def _in(self, request, where, then, right="metadata"):
        repo = self._found(where)
        if repo is not None:
            repo.items = self.made(repo.id)
        return super()._in(request, where, then, right)

    def _issues(self, request, **where):
        def listed(repo):
            since = request.query.get("since")
            found = sorted(repo.items.values(), key=lambda each: (each.updated_at, each.number))
            if since:
                start = datetime.fromisoformat(since)
                found = [each for each in found if each.updated_at >= start]
            return self._page(request, _Rows(found, self._issue_row))

        return self._in(request, where, listed, "issues")

    def _issue_row(self, item):
        return github_rows.issue(item, self.url)

    def _root(self, token):
        root = super()._root(token)
        nodes = {}
        for repo in self.repos:
            nodes |= self.by_node(repo)

        def node(id):  # noqa: A002 - GraphQL's own name
            return github_nodes.item(nodes[id], lambda _: []) if id in nodes else None

        return {**root, "node": node, "nodes": lambda ids: [node(each) for each in ids]}

    def by_node(self, repo):
        return {github_rows.item_node_id(each): each for each in self.made(repo).values()}

    def items(self):
        return iter(())

    def _made(self, number):
        repo = self.repos[number]
        return {place + 1: self._item(repo, place) for place in range(self.size)}

    def _item(self, repo: Repo, place: int) -> Item:
        number, is_pull = repo.id * 1_000_000 + place, place % 3 > 0
        born = BORN + timedelta(hours=number % 6000)
        who = self.people
        item = Item(
            repo=repo, id=number, number=place + 1, author=who[number % PEOPLE], created_at=born,
            title=f"Ledger export {number % 977} of the nightly run", updated_at=born,
            body=f"{prose(number, 900)}\nneeds #{1 + number % self.size}",
            labels=["nightly", f"area-{number % 9}"], milestone=next(iter(repo.milestones.values())),
            assignees=[who[number * 7 % PEOPLE]],
        )  # fmt: skip
        steps = [
            ("labeled", {"label": "nightly"}), ("assigned", {"assignee": item.assignees[0]}),
            ("commented", {"text": prose(number, 200)}), ("milestoned", {"milestone": "2.1"}),
            ("labeled", {"label": item.labels[1]}), ("renamed", {"old": "It", "new": item.title}),
            ("commented", {"text": prose(number, 300)}),
        ]  # fmt: skip
        if is_pull:
            item.pull_id, item.head = number + 500_000, f"p{number}"
            item.reviews = [Review(id=number, author=who[3], state="APPROVED", at=born)]
            steps[:0] = [("committed", {"message": f"Export {n}"}) for n in range(2)]
        item.events = [
            Event(id=number * 100 + n, kind=kind, at=born + timedelta(days=n), data=data,
                  actor=who[(number + n) % PEOPLE])
            for n, (kind, data) in enumerate(steps)
        ]  # fmt: skip
        item.updated_at = self.edited.get(number, item.events[-1].at)
        return item


class Calendar(GoogleCalendarSimulator):
    """`calendars` of `size` single events each."""

    def __init__(self, calendars: int, size: int) -> None:
        super().__init__(now=NOW - timedelta(days=1))
        for number in range(calendars):
            name = f"team-{number}@group.calendar.example.com"
            self.add_calendar(name)
            for place in range(size):
                start = NOW + timedelta(hours=place % 3000)
                self.add_event(name, f"Review {place}", start, description=prose(place, 300),
                               id=f"c{number}e{place}")  # fmt: skip
        self.now = NOW

    def touch(self, share: float) -> None:
        """Edit that share of all events."""
        for name, held in self.calendars.items():
            for event in list(held.events)[:: round(1 / share)]:
                self.edit_event(name, event, summary="Moved")
        self.now = NOW + timedelta(hours=1)


def world(kind: str, scopes: int, size: int):
    """The simulator of a kind of source."""
    return {"jira": Jira, "github": GitHub, "google_calendar": Calendar}[kind](scopes, size)


__all__ = ["TOKEN", "Answer", "world"]
