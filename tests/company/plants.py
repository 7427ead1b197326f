"""A company with everything that is planted into it."""

from __future__ import annotations

import plants_calendar
import plants_dates
import plants_links
import plants_states
import plants_work
from firm import Company

PLANTS = tuple(
    plant
    for module in (plants_dates, plants_work, plants_states, plants_links, plants_calendar)
    for plant in module.PLANTS
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
