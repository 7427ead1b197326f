"""The closed form of a forecast (`reconciler.md` §D1) with its numbers put in."""

from __future__ import annotations

import math
from datetime import date

from syncd.model.forecasts import Forecast
from syncd.reconciler.facts import wording
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.parts import Aged, Part
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View


def formula(view: View, deliverable: Deliverable, found: Forecast) -> str:
    """Of each team's part."""
    forecasts = view.once(Forecasts)
    parts = forecasts.parts(deliverable)
    if isinstance(parts, str):
        return parts
    names = forecasts.teams(deliverable) if len(parts) > 1 else ("",)
    texts = [_closed(part, found.target) for part in parts]
    told = [f"{name}: {text}" if name else text for name, text in zip(names, texts, strict=True)]
    late = ""
    if found.late is not None and found.target:
        day = wording.day(found.target, view.today)
        late = f"; chance not to be done by {day} {found.late:.2f}"
    return f"{'; '.join(told)}{late}"


def _closed(part: Part, target: date | None) -> str:
    if isinstance(part, Aged):
        text = f"{wording.plural(part.items, 'item')} by age, one by one"
        return f"{text}: in time {part.odds(target):.2f}" if target else text
    items, rate = part.outlook.items, part.outlook.rate
    text = f"n = {items:g} ({part.items} of it + {part.ahead} ahead), r = {rate:.2f} a working day"
    spread = part.outlook.spread(items)
    text += f", φ = {part.pace.unevenness:.1f}, spread s = {spread:.2f}"
    if target is None or not (days := part.capacity.until(target)):
        return text
    z = math.log(days * rate / items) / spread
    sum_ = f"ln({days:g}·{rate:.2f}/{items:g})/{spread:.2f} = {z:.2f}"
    return f"{text}, k = {days:g} working days, z = {sum_}, in time {part.odds(target):.2f}"
