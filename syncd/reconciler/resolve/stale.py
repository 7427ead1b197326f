"""Which data is too old or too broken to conclude anything from (`reconciler.md` §B)."""

from __future__ import annotations

from syncd.model.snapshot import Scope, Snapshot
from syncd.reconciler.config import ReconcilerConfig


def stale_scopes(snapshot: Snapshot, config: ReconcilerConfig) -> frozenset[Scope]:
    """Scopes that were never read, fail now, or were last read over three intervals ago.

    Items may lie in a scope that is not pulled by that name (a query over several projects); such
    a scope is stale as soon as any part of its source is.
    """
    stale = {
        one.scope
        for one in snapshot.freshness
        if one.is_stale(snapshot.as_of, config.intervals.get(one.scope.source, config.interval))
    }
    pulled = {one.scope for one in snapshot.freshness}
    sources = {scope.source for scope in stale}
    held = {Scope(item.key.source, item.scope) for item in snapshot.items}
    return frozenset(stale | {scope for scope in held - pulled if scope.source in sources})
