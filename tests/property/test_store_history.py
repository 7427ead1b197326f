"""Any past instant can be rebuilt, whatever happened and in whatever order it was learned."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pasts import rewind
from servers import NAMES, store_url

from syncd.interfaces import Page
from syncd.model.history import Change
from syncd.model.items import DateClaim, DateRole, Issue, ItemKey, Kind, Phase
from syncd.model.snapshot import Snapshot
from syncd.model.values import interval_text, tracked
from syncd.store import open_store
from syncd.testing.builders import AS_OF, at, issue
from syncd.testing.store_contract import PAY

START = at("2026-06-01")
DAYS = st.dates(date(2026, 6, 1), date(2027, 6, 1))
WORDS = st.sampled_from(["a", "b", "c", None])
MILESTONES = tuple(ItemKey("jira", Kind.MILESTONE, str(number)) for number in range(3))

SCALARS = {
    "title": st.sampled_from(["a", "b", "c"]),
    "state": st.sampled_from(["Open", "Doing", "Done"]),
    "phase": st.sampled_from(list(Phase)),
    "assignee": WORDS,
    "team": WORDS,
    "parent": WORDS,
    "priority": WORDS,
    "sprint": st.sampled_from([None, *MILESTONES]),
    "size": st.sampled_from([None, 1.0, 2.5, 8.0]),
    "flagged": st.booleans(),
}
SETS = {
    "labels": st.sampled_from(["x", "y", "z"]),
    "components": st.sampled_from(["x", "y"]),
    "milestones": st.sampled_from(MILESTONES),
}
CLAIMS = st.sampled_from(["due", "start", "target_end"])


@dataclass(frozen=True)
class Life:
    """An issue at every instant at which it changed, and the changes."""

    versions: tuple[tuple[datetime, Issue], ...]
    changes: tuple[Change, ...]

    def at(self, moment: datetime) -> Issue:
        return [version for since, version in self.versions if since <= moment][-1]


def text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


@st.composite
def step(draw: st.DrawFn, now: Issue) -> tuple[Issue, str, str | None, str | None]:
    family = draw(st.sampled_from(["scalar", "set", "claim"]))
    if family == "scalar":
        field = draw(st.sampled_from(sorted(SCALARS)))
        value = draw(SCALARS[field])
        return replace(now, **{field: value}), field, text(getattr(now, field)), text(value)
    if family == "set":
        field = draw(st.sampled_from(sorted(SETS)))
        element = draw(SETS[field])
        held = getattr(now, field)
        if element in held:
            rest = tuple(one for one in held if one != element)
            return replace(now, **{field: rest}), field, str(element), None
        return replace(now, **{field: (*held, element)}), field, None, str(element)
    field = draw(CLAIMS)
    claims = {claim.field: claim for claim in now.claims}
    old = claims.pop(field, None)
    days = draw(st.none() | st.tuples(DAYS, DAYS).map(sorted))
    if days is not None:
        claims[field] = DateClaim(
            subject=now.key, role=DateRole.DUE, field=field, lo=days[0], hi=days[1]
        )
    before = None if old is None else interval_text(old.lo, old.hi)
    after = None if days is None else interval_text(*days)
    return replace(now, claims=tuple(claims.values())), field, before, after


@st.composite
def life(draw: st.DrawFn, ref: str = "PAY-1", longest: int = 14) -> Life:
    now = issue(ref, created_at=START, updated_at=START, due=draw(st.none() | DAYS))
    moment = START
    versions, changes = [(START, now)], []
    for number in range(draw(st.integers(0, longest))):
        moment += timedelta(seconds=draw(st.sampled_from([0, 1, 30, 3600, 86400 * 3])))
        now, field, old, new = draw(step(now))
        now = replace(now, updated_at=moment)
        versions.append((moment, now))
        changes.append(
            Change(
                item=now.key, field=field, old=old, new=new, at=moment,
                native_id=str(number + 9), actor="ada",
            )
        )  # fmt: skip
    return Life(tuple(versions), tuple(changes))


@given(lived=life(), moment=st.integers(0, 14 * 3 * 86400), seed=st.randoms(use_true_random=False))
def test_rewind_gives_the_item_as_it_was(lived: Life, moment: int, seed: Random) -> None:
    changes = list(lived.changes)
    seed.shuffle(changes)
    as_of = START + timedelta(seconds=moment)
    end = lived.versions[-1][1]
    then = rewind(end, changes, as_of)
    assert then is not None
    assert tracked(then) == tracked(lived.at(as_of))
    assert then.updated_at <= as_of
    again = rewind(end, changes, as_of)
    assert again == then


def kept(snapshot: Snapshot) -> Snapshot:
    """Without what depends on how many pages there were, or when they came."""
    return replace(
        snapshot,
        freshness=(),
        first_seen={},
        changes=tuple(change._replace(learned_at=None) for change in snapshot.changes),
    )


def pull(kind: str, folder: Path, pages: list[Page]) -> tuple[Snapshot, Snapshot]:
    store = open_store(store_url(kind, folder), now=AS_OF)
    for page in pages:
        store.commit(PAY, page, AS_OF)
    store.commit(PAY, Page(last=True, listing=True, cursor="c"), AS_OF)
    found = kept(store.snapshot(AS_OF)), kept(store.snapshot(START + timedelta(days=4)))
    store.close()
    return found


@pytest.mark.parametrize("kind", ["sqlite", *NAMES])
@settings(max_examples=7, deadline=None)
@given(
    lives=st.tuples(life("PAY-1", 6), life("PAY-2", 4)),
    seed=st.randoms(use_true_random=False),
    split=st.booleans(),
)
def test_pages_may_come_in_any_order_and_twice(
    kind: str, lives: tuple[Life, Life], seed: Random, *, split: bool
) -> None:
    pages = []
    for lived in lives:
        versions = [version for _, version in lived.versions]
        for version in {one.updated_at: one for one in versions}.values():
            ref = f"{version.ref}{len(version.title) * 'M' if version.title == 'b' else ''}"
            told = tuple(one for one in lived.changes if one.at <= version.updated_at)
            named = replace(version, ref=ref)
            if split:
                pages += [Page(items=(named,)), Page(changes=told)]
            else:
                pages.append(Page(items=(named,), changes=told))
    shuffled = [*pages, *pages[:3]]
    seed.shuffle(shuffled)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        assert pull(kind, Path(one), pages) == pull(kind, Path(other), shuffled)
