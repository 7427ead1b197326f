"""`syncd sync` killed in the middle of its pages; the next run comes to what an unkilled one has."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from syncd import plugins
from syncd.settings import load
from syncd.store import open_store

PAGES = {"jira": "/search/jql", "github": "/issues", "calendar": "/events"}


def crowd(place) -> None:
    """More than fits on one page of each provider."""
    place.calendar.page_limit = place.jira.page_limit = 5
    for number in range(12):
        for project in ("PAY", "LED"):
            place.jira.add_issue(project, f"Part {number}", by="mfox", due=place.day(number))
        place.github.open_issue("acme/ledger", f"Work {number}")
        place.github.now += timedelta(seconds=2)
        place.calendar.add_event("team@example.com", f"Event {number}", place.day(number))
    place.configure()
    text = (place.folder / "syncd.toml").read_text()
    text = text.replace('kind = "github"', 'kind = "github"\nper_page = 5')
    (place.folder / "syncd.toml").write_text(text)


def url(place) -> str:
    return load(place.folder / "syncd.toml", {}, catalog=plugins).store_url


def held(place) -> tuple:
    """All that the store knows, but for when it learned it."""
    store = open_store(url(place), now=place.now, own=False, read_only=True)
    found = store.snapshot(place.now + timedelta(days=1))
    store.close()
    changes = tuple(each._replace(learned_at=None) for each in found.changes)
    items = (*found.issues, *found.pull_requests, *found.milestones, *found.events)
    return items, found.links, changes, found.accounts, found.invisible


@pytest.mark.parametrize("source", PAGES)
def test_a_pull_that_is_killed_between_two_pages_is_made_good_by_the_next(
    place, eventually, source
):
    crowd(place)
    simulator = getattr(place, source)
    seen = []

    def third(request) -> bool:
        if request.path.endswith(PAGES[source]):
            seen.append(request)
        return request.path.endswith(PAGES[source]) and len(seen) >= 3

    simulator.fail(third, delay=3.0)
    running = place.start("sync")
    eventually(lambda: len(seen) >= 3)
    running.send_signal(signal.SIGKILL)
    running.wait()
    simulator.mend()
    done = place.syncd("sync")
    assert done.returncode == 0, done.stderr
    killed = held(place)
    state = Path(url(place).removeprefix("sqlite:///")).parent
    state.rename(state.with_name("killed"))
    assert place.syncd("sync").returncode == 0
    assert killed == held(place)
    assert len(killed[0]) > 40
