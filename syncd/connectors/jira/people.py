"""Accounts of a Jira site and which of them are robots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
        if not isinstance(raw, Mapping):
            return None
        native_id = next(
            (str(raw[name]) for name in ("accountId", "key", "name") if raw.get(name)), ""
        )
        if not native_id:
            return None
        names = {str(raw.get(name, "")).casefold() for name in ("displayName", "name", "accountId")}
        account = Account(
            source=self.source,
            id=native_id,
            name=str(raw.get("displayName") or raw.get("name") or native_id),
            email=str(raw["emailAddress"]) if raw.get("emailAddress") else None,
            is_bot=raw.get("accountType") == "app"
            or bool((names | {native_id.casefold()}) & self.bots),
        )
        self.seen[native_id] = account
        return account
