"""What a pull costs, against a bare loop of requests and orjson over the same pages.

Sizes: a tenth by default; BENCH_SIZE=full takes those of the design's goals (half an hour).
"""

import os
from datetime import UTC, datetime

import pytest

from syncd.store import open_store

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

FULL = os.environ.get("BENCH_SIZE") == "full"
AT = datetime(2026, 11, 20, 13, tzinfo=UTC)
SCOPES = 12
ISSUES, ITEMS = (1000, 750) if FULL else (250, 150)
"""Of a project, of a repository (two pull requests to an issue)."""
KINDS = [
    pytest.param("jira", ISSUES, {}, id="jira"),
    pytest.param("github", ITEMS, {}, id="github"),
    pytest.param("google_calendar", ISSUES, {}, id="calendar"),
]


def test_processor_time_of_a_full_pull_of_jira(bench):
    jira = bench.provider("jira", SCOPES, ISSUES)
    asked = bench.pages(jira)
    ours, bare = bench.paired(jira, asked, "cpu")
    count = SCOPES * ISSUES
    bench.say(
        f"{count:,} issues of Jira, {len(asked)} pages: {ours:.2f} s, bare {bare:.2f} s, "
        f"{ours / bare:.1f} bare (goal 3.0), {ours / count * 1e6:.0f} µs an issue"
    )


def test_processor_time_of_a_full_pull_of_github(bench):
    rest = bench.provider("github", SCOPES, ITEMS, use_graphql="never")
    graphql = bench.provider("github", SCOPES, ITEMS)
    asked, fewer = bench.pages(rest), bench.pages(graphql)
    by_rest, bare = bench.paired(rest, asked, "cpu")
    by_graphql, bare_graphql = bench.paired(graphql, fewer, "cpu")
    count = SCOPES * ITEMS
    bench.say(
        f"{count:,} items of GitHub; bare by REST, {len(asked)} pages: {bare:.2f} s; "
        f"by REST {by_rest:.2f} s, {by_rest / bare:.1f} bare (goal 3.0); "
        f"by GraphQL {by_graphql:.2f} s, {by_graphql / bare:.1f} bare (goal 1.5), "
        f"{by_graphql / bare_graphql:.1f} of a bare loop over its own {len(fewer)} pages"
    )


@pytest.mark.parametrize(
    ("kind", "size", "goal"),
    [("jira", ISSUES, 0.55), ("github", ITEMS, 0.40)],
)
def test_time_with_50_ms_a_request(bench, kind, size, goal):
    provider = bench.provider(kind, SCOPES, size)
    asked = bench.pages(provider)
    provider.tell(delay=0.05)
    ours, bare = bench.paired(provider, asked, "wall")
    bench.say(
        f"{kind}, 50 ms a request, {len(asked)} requests: {ours:.1f} s, bare one by one "
        f"{bare:.1f} s, {ours / bare:.2f} bare (goal {goal})"
    )


def test_peak_memory_does_not_follow_the_history(bench):
    peaks = []
    for scopes in (10, 100 if FULL else 30):
        jira = bench.provider("jira", scopes, ISSUES, keep=False)
        github = bench.provider("github", scopes, ITEMS, keep=False)
        peaks.append(bench.syncd(jira, github)["peak"])
        bench.say(
            f"{scopes * ISSUES:,} issues and {scopes * ITEMS * 2 // 3:,} pull requests: "
            f"peak {peaks[-1]:.0f} MiB (goal 200)"
        )
    bench.say(f"{peaks[1] / peaks[0]:.2f} of the smaller one (goal 1.3)")


@pytest.mark.parametrize(("kind", "size", "options"), KINDS)
def test_what_a_pull_costs_that_finds_little(bench, kind, size, options):
    provider = bench.provider(kind, SCOPES, size, **options)
    store = bench.new_store()
    provider.tell()
    bench.syncd(provider, store=store)
    whole = provider.tell()
    quiet = bench.syncd(provider, store=store, at="2026-11-20T13:10:00+00:00")
    nothing = provider.tell(touch=0.01)
    bench.syncd(provider, store=store, at="2026-11-20T13:20:00+00:00")
    some = provider.tell()
    bench.say(
        f"{kind}, {SCOPES} scopes, {whole['requests']} requests in full; nothing changed: "
        f"{nothing['requests'] / SCOPES:.1f} requests a scope (goal 1), "
        f"{nothing['bytes'] / whole['bytes']:.2%} of the bytes (goal 0.5 %), "
        f"{quiet['wall']:.2f} s (goal 0.6); 1 % changed: "
        f"{some['requests'] / whole['requests']:.1%} of the requests (goal 5 %)"
    )


@pytest.mark.parametrize(("kind", "size", "options"), KINDS)
def test_what_a_sweep_costs(bench, kind, size, options):
    provider = bench.provider(kind, SCOPES, size, **options)
    store = bench.new_store()
    bench.syncd(provider, store=store)
    bench.syncd(provider, store=store, at="2026-11-20T13:10:00+00:00")
    without = provider.tell()["requests"]
    bench.syncd(provider, store=store, at="2026-11-20T20:00:00+00:00")
    swept = provider.tell()["requests"]
    bench.say(
        f"{kind}: a pull with a sweep of {SCOPES * size:,} items takes {swept} requests "
        f"(with the full pull before: {without})"
    )


@pytest.mark.parametrize(("kind", "size", "options"), KINDS[:2])
def test_one_percent_each_of_four_faults(bench, kind, size, options):
    provider = bench.provider(kind, SCOPES, size, **options)
    bench.pages(provider)
    good, bad = bench.new_store(), bench.new_store()
    calm = bench.syncd(provider, store=good)
    provider.tell(faults=0.01)
    rough = bench.syncd(provider, store=bad)
    met = provider.tell()["faults"]
    assert held(good) == held(bad)
    bench.say(
        f"{kind}: {met} of 429, 503, resets and cuts: the same store, {rough['wall']:.1f} s "
        f"without {rough['waited']:.0f} s of waits, {rough['wall'] / calm['wall']:.2f} of an "
        "undisturbed pull (goal 1.3)"
    )


def held(path):
    store = open_store(f"sqlite:///{path}", now=AT)
    try:
        return store.snapshot(AT)
    finally:
        store.close()
