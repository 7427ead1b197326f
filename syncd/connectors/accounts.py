"""Accounts that a reading meets again and again, now with a name and now without."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.model.items import Account


def best_named(accounts: Iterable[Account]) -> tuple[Account, ...]:
    """Each account once, by its id: the first that has a name of its own, else the last."""
    found: dict[str, Account] = {}
    for account in accounts:
        held = found.get(account.id)
        if held is None or held.name == held.id:
            found[account.id] = account
    return tuple(found.values())
