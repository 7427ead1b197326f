"""Accounts of a Jira site and which of them are robots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from syncd.model.items import Account


@dataclass(slots=True)
class People:
    """Collects the accounts that an issue names. `bots` are casefolded ids or names."""

    source: str
    bots: frozenset[str]
    seen: dict[str, Account]

    def read(self, raw: Any) -> Account | None:
        """The account of a user object; None for nobody or an anonymous one.

        The id is the account id (Cloud), else the user key that change logs of Data Center use,
        else the user name (older servers).
        """
        if not isinstance(raw, dict):
            return None
        told = tuple(map(raw.get, _TOLD))
        try:
            account = _account(self.source, self.bots, *told)
        except TypeError:  # a list or object in the place of a text
            account = _account.__wrapped__(self.source, self.bots, *told)
        if account is not None:
            self.seen[account.id] = account
        return account


_TOLD = ("accountId", "key", "name", "displayName", "emailAddress", "accountType")


@lru_cache(maxsize=4096, typed=True)  # the same people write nearly every entry of a change log
def _account(source: str, bots: frozenset[str], *told: Any) -> Account | None:
    account_id, key, user, shown, email, kind = told
    native_id = str(account_id or key or user or "")
    if not native_id:
        return None
    names = {str(each or "").casefold() for each in (shown, user, account_id, native_id)}
    return Account(
        source=source,
        id=native_id,
        name=str(shown or user or native_id),
        email=str(email) if email else None,
        is_bot=kind == "app" or bool(names & bots),
    )
