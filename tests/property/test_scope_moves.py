"""What came and went adds up to what was in a release at any moment, told by its history alone."""

from datetime import timedelta
from random import Random

from syncd.model.items import Level
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.view import View
from syncd.testing.builders import AS_OF, LONG_AGO, change, config, issue, snapshot, version

RELEASE = version("2.0", release="2026-12-18")
KEY, MINUTES = str(RELEASE.key), int((AS_OF - LONG_AGO) / timedelta(minutes=1))


def moment(random):
    return LONG_AGO + timedelta(minutes=random.randrange(1, MINUTES))


def held(random, ref, **fields):
    """An issue that goes in and out of the release, its changes, and whether it was in it when."""
    moves = sorted({moment(random) for _ in range(random.randrange(4))})
    first = random.random() < 0.5
    now = first ^ (len(moves) % 2 == 1)
    one = issue(ref, milestones=(RELEASE.key,) if now else (), **fields)
    told = [
        change(one, "milestones", *((KEY, None) if first ^ (place % 2 == 1) else (None, KEY)), at)
        for place, at in enumerate(moves)
    ]
    return one, told, lambda at: first ^ (sum(move <= at for move in moves) % 2 == 1)


def test_moves_add_up_to_what_was_in_it():
    looked = 0
    for seed in range(150):
        random = Random(seed)
        epic, moves, epic_in = held(random, "PAY-500", level=Level.EPIC)
        things = [RELEASE, epic, *moves]
        every = []
        for number in range(1, 8):
            parent = random.choice([None, epic.ref])
            one, told, own_in = held(random, f"PAY-{number}", parent=parent)
            things += [one, *told]
            every.append((one, own_in, epic_in if parent else lambda _: False))
        view = View(snapshot(*things), config())
        found = [one for one in view.deliverables if RELEASE.key in one.bound]
        for one, own_in, above_in in every if found else ():
            if one.parent and one.key not in found[0].members:
                continue  # of what left with its epic nothing tells
            mine = [m for m in view.once(Scopes).of(found[0]) if m.item.key == one.key]
            for at in (AS_OF, *(moment(random) for _ in range(5))):
                inside = sum(move.by for move in mine if move.at <= at)
                assert inside == (own_in(at) or above_in(at)), (seed, one.ref, at)
                looked += 1
    assert looked > 4000
