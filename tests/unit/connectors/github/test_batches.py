"""Queries that are too much for the host are split; what fails alone is read another way."""

import gzip

import pytest

from syncd.connectors.github.batches import PATIENCE, Batches
from syncd.connectors.github.client import TooMuch
from syncd.errors import Unavailable

REPO = "acme/ledger"

FAILURES = {
    "502": {"status": 502, "body": "<html>Bad gateway</html>"},
    "504": {"status": 504, "body": {"message": "timeout"}},
    "cut off": {"truncate": True},
    "no reason": {
        "status": 200,
        "body": {"data": None, "errors": [{"message": "Something went wrong"}]},
    },
    "resources": {
        "status": 200,
        "body": {
            "data": {"nodes": [None]},
            "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"}],
        },
    },
    "too large": {
        "status": 200,
        "body": gzip.compress(bytes(33 << 20)),
        "headers": {"Content-Encoding": "gzip"},
    },
    "nodes": {"status": 200, "body": {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED"}]}},
}


def items_of(connector):
    pages = list(connector.pull(REPO, None))
    assert [problem for page in pages for problem in page.problems] == []
    return [item.ref for page in pages for item in page.items]


def size_of(request):
    if not request.path.endswith("graphql"):
        return 0
    return len(request.json()["variables"].get("ids", ()))


@pytest.mark.parametrize("failure", FAILURES)
def test_a_query_that_is_too_much_is_halved(sim, build, failure):
    for n in range(12):
        sim.open_issue(REPO, f"Issue {n}")
    sim.fail(lambda request: size_of(request) > 4, **FAILURES[failure])
    assert len(items_of(build())) == 12
    sizes = [size for request in sim.requests if (size := size_of(request))]
    assert sizes[:3] == [12, 6, 3]
    assert not [r for r in sim.requests if r.path.endswith("/timeline")]  # all by GraphQL


def test_one_item_that_graphql_cant_answer_is_read_by_rest(sim, build):
    for n in range(12):
        sim.open_issue(REPO, f"Issue {n}", assignees=("rosei",))
    bad = f"I_{sim.item(f'{REPO}#5').id}"
    sim.fail(lambda r: size_of(r) and bad in r.json()["variables"]["ids"], status=502)
    assert len(items_of(build())) == 12
    assert [r.path for r in sim.requests if r.path.endswith("/timeline")] == [
        f"/api/v3/repositories/{sim.repo(REPO).id}/issues/5/timeline"
    ]


def test_a_host_that_fails_is_not_asked_for_every_item(sim, build):
    for n in range(40):
        sim.open_issue(REPO, f"Issue {n}")
    sim.fail(size_of, status=502)
    with pytest.raises(Unavailable):
        items_of(build())
    tries = 5
    assert len(sim.requests) < 10 + 2 * tries


class Host:
    """Answers at most `most` numbers at once, and never those in `bad`."""

    def __init__(self, most, bad=()):
        self.most, self.bad = most, bad
        self.asked = []

    def __call__(self, part):
        self.asked.append(len(part))
        if len(part) > self.most or any(each in self.bad for each in part):
            raise TooMuch if len(part) > 1 else Unavailable("failed alone")
        return dict.fromkeys(part, "there")


def test_a_size_that_went_is_remembered_and_carefully_raised():
    batches, host = Batches(64), Host(most=20)
    assert len(batches.ask(range(200), host)) == 200
    assert host.asked[:3] == [64, 32, 16]
    assert len(host.asked) < 30
    host.asked.clear()
    batches.ask(range(200), host)
    assert host.asked[0] < 64


def test_a_few_that_fail_side_by_side_are_left_out():
    bad = range(40, 40 + PATIENCE)
    found = Batches(32).ask(range(100), Host(most=32, bad=bad))
    assert found.keys() == set(range(100)) - set(bad)


def test_more_that_fail_side_by_side_are_the_hosts_failure():
    with pytest.raises(Unavailable):
        Batches(32).ask(range(100), Host(most=32, bad=range(40, 60)))
