"""What the tests of the Jira connector fill simulators with and read from pages."""

from datetime import UTC, datetime

from syncd.model.items import Issue, Milestone

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def fill(sim, number, project="PAY"):
    return [sim.add_issue(project, f"Step {n}", by="dana") for n in range(number)]


def issues(pages):
    return [item for page in pages for item in page.items if isinstance(item, Issue)]


def claims(pages):
    return {claim.field: claim.lo for each in issues(pages) for claim in each.claims}


def milestones(pages):
    return [item for page in pages for item in page.items if isinstance(item, Milestone)]


def keys(pages, name):
    return [each for page in pages for each in getattr(page, name)]


def problems(pages):
    return [each for page in pages for each in page.problems]


def asked(sim, part):
    return [request for request in sim.requests if part in request.path]


def paths(sim):
    """Method and path of what was asked, without the address of the API."""
    return [f"{each.method} {each.path.partition('/rest/')[2]}" for each in sim.requests]
