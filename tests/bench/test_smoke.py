"""The benchmarks' providers and readings work; what they take is not looked at here."""

import pytest


@pytest.mark.parametrize(("kind", "items"), [("jira", 8), ("github", 8), ("google_calendar", 6)])
def test_a_provider_is_read_by_syncd_and_by_a_bare_loop(bench, kind, items):
    provider = bench.provider(kind, 2, 3)
    assert bench.syncd(provider)["changed"] >= items
    asked = provider.tell(log=True)["asked"]
    assert bench.bare(provider, asked)["requests"] == len(asked)
