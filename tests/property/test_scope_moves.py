"""What came and went adds up to what was in a release at any moment, told by its history alone."""

from dataclasses import replace
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


def placed(random, one, epics):
    """The issue below one epic after the other, the changes, and below which it was when."""
    refs = [None, *epics]
    stays = [(LONG_AGO, random.choice(refs))]
    told = []
    for at in sorted({moment(random) for _ in range(random.randrange(3))}):
        old, new = stays[-1][1], random.choice([ref for ref in refs if ref != stays[-1][1]])
        told.append(change(one, "parent", old, new, at))
        stays.append((at, new))
    now = replace(one, parent=stays[-1][1])
    return now, told, lambda at: [ref for since, ref in stays if since <= at][-1]


def test_moves_add_up_to_what_was_in_it():
    looked = 0
    for seed in range(150):
        random = Random(seed)
        made = [held(random, ref, level=Level.EPIC) for ref in ("PAY-500", "PAY-600")]
        epics = {one.ref: was_in for one, _, was_in in made}
        things = [RELEASE, *(thing for one, moves, _ in made for thing in (one, *moves))]
        every = []
        for number in range(1, 8):
            one, moves, own_in = held(random, f"PAY-{number}")
            one, puts, below = placed(random, one, epics)
            things += [one, *moves, *puts]
            every.append((one, own_in, below))
        view = View(snapshot(*things), config())
        (release,) = [one for one in view.deliverables if RELEASE.key in one.bound]
        for one, own_in, below in every:
            mine = [m for m in view.once(Scopes).of(release) if m.item.key == one.key]
            for at in (AS_OF, *(moment(random) for _ in range(5))):
                inside = sum(move.by for move in mine if move.at <= at)
                epic_in = epics.get(below(at), lambda _: False)
                assert inside == (own_in(at) or epic_in(at)), (seed, one.ref, at)
                looked += 1
    assert looked > 4000
