"""Providers of any size: the product's simulators, filled at once in place of edit by edit.

A world is a function of its numbers: what it holds is the same in every run. Texts and entries of
change logs are shared between issues, so that 100,000 of them fit into the server's memory.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from syncd.demo.simulators import github_rows, jira_shapes
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.github_things import Event, Item, Repo, Review
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.demo.simulators.jira_rows import log_items

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


@cache
def text(seed, length):
    """Text of about `length` characters, with a line break a sentence."""
    lines = []
    while sum(map(len, lines)) < length:
        lines.append(WORDS[(seed + len(lines) * 3) % len(WORDS)])
    return "\n".join(lines)


def prose(number, length):
    """One of fifty texts."""
    return text(number % 50, length)


class Jira(JiraSimulator):
    """`projects` of `size` issues each: ten change log entries, two comments, some links."""

    def __init__(self, projects: int, size: int) -> None:
        super().__init__("cloud", now=NOW, token=TOKEN)
        for number in range(PEOPLE):
            self.add_user(f"person-{number}", f"Person {number}")
        keys = [
            self.add_project(f"P{number:04}", f"Project {number}") for number in range(projects)
        ]
        start = NOW - timedelta(days=80)
        for number in range(6):
            start += timedelta(days=14)
            ended = {"state": "closed", "completed": start} if number < 4 else {"state": "active"}
            self.add_sprint(
                f"Sprint {number}", start=start - timedelta(days=14), end=start, **ended
            )
        self.log_items = cache(lambda *step: list(log_items(self, *step)))
        for number, key in enumerate(keys, 1):
            version = self.add_version(key, "2.1", release=date(2027, 1, 15))
            for place in range(size):
                self._add(key, number * 1_000_000 + place, place + 1, version)
        many = list(self.issues)[:800:4]
        self.links = [(str(9 * int(one)), "10100", one, str(int(one) + 1)) for one in many]

    def touch(self, share: float) -> None:
        """Edit that share of all issues; then an hour passes."""
        for issue in list(self.issues.values())[:: round(1 / share)]:
            self.edit(issue.id, by="person-1", at=NOW, priority="High")
        self.now = NOW + timedelta(hours=1)

    def issue(self, key):
        return self.issues[key] if key in self.issues else super().issue(key)

    def _add(self, project, number, place, version):
        born = BORN + timedelta(hours=number % 6000)
        sprints = tuple(list(self.sprints)[3:5])
        issue = jira_shapes.Issue(
            id=str(number), key=f"{project}-{place}", project=project, type="Story",
            summary=f"Ledger export {number % 977} of the nightly run", created=born,
            updated=born + timedelta(days=10), reporter=f"person-{number % PEOPLE}",
            status="In Progress", assignee=f"person-{number * 7 % PEOPLE}",
            description=f"{prose(number, 2200)}\nblocked by {project}-{1 + place // 2}",
            due=date(2026, 12, 1 + number % 28), points=float(number % 8), team="Ledger",
            labels=("nightly", f"area-{number % 9}"), components=("export",), versions=(version,),
            sprints=sprints,
        )  # fmt: skip
        issue.comments = [
            jira_shapes.Comment(
                id=str(number * 100 + n), author=f"person-{(number + n) % PEOPLE}",
                body=prose(number + n, 500), at=born + timedelta(days=n + 1),
            )
            for n in range(2)
        ]  # fmt: skip
        first, due = f"person-{number % PEOPLE}", date(2026, 11, 1 + number % 28)
        steps = (
            ("assignee", None, first), ("priority", "Low", "Medium"), ("due", None, due),
            ("labels", (), ("nightly",)), ("points", None, issue.points),
            ("status", "To Do", "In Progress"), ("sprints", sprints[:1], sprints),
            ("description", "It fails", prose(number, 300)), ("assignee", first, issue.assignee),
            ("due", due, issue.due),
        )  # fmt: skip
        issue.log = [
            jira_shapes.Entry(
                id=str(number * 100 + n), author=f"person-{(number + n) % PEOPLE}",
                at=born + timedelta(days=n + 1), items=self.log_items(*step),
            )
            for n, step in enumerate(steps)
        ]  # fmt: skip
        self.issues[issue.id] = issue


class GitHub(GitHubSimulator):
    """`repos` of `size` items each, two pull requests to an issue, about nine events an item."""

    def __init__(self, repos: int, size: int) -> None:
        super().__init__(now=NOW)
        self.rate_limit = self.point_limit = 10**9
        self.add_token(TOKEN, "octo")
        self.people = [self.user(f"person-{n}", f"Person {n}") for n in range(PEOPLE)]
        for number in range(repos):
            repo = self.add_repo(f"acme/r{number:04}")
            self.add_milestone(repo.full_name, "2.1")
            for place in range(size):
                self._add(repo, repo.id * 1_000_000 + place, place + 1)

    def touch(self, share: float) -> None:
        """Edit that share of all items; then an hour passes."""
        for item in list(self.items())[:: round(1 / share)]:
            self.rename(item.ref, f"{item.title}, again")
        self.now = NOW + timedelta(hours=1)

    def _issue_row(self, item):
        # The simulator's own looks through all items for those that this one blocks.
        return github_rows.issue(item, self.url)

    def _add(self, repo: Repo, number: int, place: int) -> None:
        born = BORN + timedelta(hours=number % 6000)
        who = self.people
        item = Item(
            repo=repo, id=number, number=place, author=who[number % PEOPLE], created_at=born,
            title=f"Ledger export {number % 977} of the nightly run", updated_at=born,
            body=f"{prose(number, 900)}\nneeds #{1 + place // 2}",
            labels=["nightly", f"area-{number % 9}"], milestone=next(iter(repo.milestones.values())),
            assignees=[who[number * 7 % PEOPLE]],
        )  # fmt: skip
        steps = [
            ("labeled", {"label": "nightly"}), ("assigned", {"assignee": item.assignees[0]}),
            ("commented", {"text": prose(number, 200)}), ("milestoned", {"milestone": "2.1"}),
            ("labeled", {"label": item.labels[1]}), ("renamed", {"old": "It", "new": item.title}),
            ("commented", {"text": prose(number, 300)}),
        ]  # fmt: skip
        if place % 3:
            item.pull_id, item.head = number + 500_000, f"p{number}"
            item.reviews = [Review(id=number, author=who[3], state="APPROVED", at=born)]
            steps[:0] = [("committed", {"message": f"Export {n}"}) for n in range(2)]
        item.events = [
            Event(id=number * 100 + n, kind=kind, at=born + timedelta(days=n), data=data,
                  actor=who[(number + n) % PEOPLE])
            for n, (kind, data) in enumerate(steps)
        ]  # fmt: skip
        item.updated_at = item.events[-1].at
        repo.items[place] = item


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
        """Edit that share of all events; then an hour passes."""
        for name, held in self.calendars.items():
            for event in list(held.events)[:: round(1 / share)]:
                self.edit_event(name, event, summary="Moved")
        self.now = NOW + timedelta(hours=1)


WORLDS = {"jira": Jira, "github": GitHub, "google_calendar": Calendar}
