"""The check that all versions of an alert agree sees it when they do not."""

from dataclasses import replace

import pytest
from agreeing import disagreements

from syncd.model.findings import Finding
from syncd.testing.alerts import rich_finding

FOUND = rich_finding(
    title="Ledger API v2",
    summary="Ledger API v2 (LED-88) moved from Tue 24 Nov to Mon 30 Nov, 4 working days later.",
    plain="Ledger API v2 moved from Tue 24 Nov to Mon 30 Nov, 4 working days later.",
)


def test_versions_that_agree_are_let_pass() -> None:
    assert not list(disagreements(FOUND, ["Dana Roe"]))


@pytest.mark.parametrize(
    "plain",
    [
        "Ledger API v2 moved to Tue 1 Dec.",
        "Ledger API v2 moved to Mon 30 Nov 2027.",
        "Ledger API v2 moved by 5 working days.",
        "Ledger API v2 moved by 4.5 working days.",
        "Ledger API v2 (LED-88) moved.",
        "acme/ledger#311 has no review.",
        "Ledger API v2 has no assignee.",
        "Ledger API v2 was delayed by the team.",
        "Ledger API v2 has a p85 of Mon 30 Nov.",
        "Ledger API v2 waits for Dana Roe.",
    ],
)
def test_what_only_leaders_would_read_is_told(plain: str) -> None:
    assert list(disagreements(replace(FOUND, plain=plain), ["Dana Roe"]))


def test_blame_is_told_for_every_role() -> None:
    blamed: Finding = replace(FOUND, act="Ask who is guilty.")
    told = list(disagreements(blamed))
    assert len(told) == 3
