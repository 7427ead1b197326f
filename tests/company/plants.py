"""A company with everything that is planted into it."""

from __future__ import annotations

import plants_calendar
import plants_dates
import plants_links
import plants_people
import plants_states
import plants_work
from firm import Company

from syncd.reconciler.rules import RULES

PLANTS = (
    *plants_dates.PLANTS,
    *plants_work.PLANTS,
    *plants_states.PLANTS,
    *plants_links.PLANTS,
    *plants_calendar.PLANTS,
    *(plant for rule, plant in plants_people.PLANTS.items() if rule in RULES),
)


def build(seed: int) -> Company:
    """The company of this seed, its days planned, its truth written down."""
    co = Company(seed)
    order = list(PLANTS)
    co.rng.shuffle(order)
    for plant in order:
        co.office.doing = plant.__name__
        plant(co)
    return co
