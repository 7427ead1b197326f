"""`syncd deps`: who waits for whom, what is only suspected, and what people said of that."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from syncd.cli.deps_table import ends, is_critical, ref, show, tightness
from syncd.cli.options import PICTURES, Options, Usage, near, require
from syncd.cli.person import speaker
from syncd.cli.pictures import Arrow, Box, Picture, dot, mermaid, svg
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, open_app, start_log
from syncd.cli.words import count, short_day, slip
from syncd.model.items import Item, ItemKey, Milestone
from syncd.model.links import LinkDecision
from syncd.text import grouped

if TYPE_CHECKING:
    from syncd.reconciler.view import Dependency, View

LARGEST = 400
"""Boxes of a picture that somebody can still read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for on the command line."""

    teams: tuple[str, ...] = ()
    certainty: str = "explicit"
    within: bool = False
    """Also dependencies within one team."""


def list_dependencies(options: Options, wanted: Wanted) -> int:
    """Open dependencies, for people those first that leave the fewest days."""
    from syncd.reconciler.resolve.resolution import Certainty

    known = (*Certainty, "all")
    if wanted.certainty not in known:
        raise Usage(
            f'--class "{wanted.certainty}" is not one of {", ".join(known)}',
            "syncd deps list --help",
        )
    with _view(options, wanted.teams) as view:
        found = [
            edge
            for edge in _open(view)
            if wanted.certainty in ("all", edge.certainty) and _is_wanted(view, edge, wanted)
        ]
        if options.format not in ("json", "jsonl"):
            found.sort(key=partial(tightness, view))
        show(options, view, found)
    return 0


def suggest(options: Options, wanted: Wanted) -> int:
    """What seems to wait for another team and is not linked."""
    from syncd.reconciler.rules.dep_hidden import is_hidden

    with _view(options, wanted.teams) as view:
        found = [
            edge for edge in _open(view) if is_hidden(view, edge) and _is_wanted(view, edge, wanted)
        ]
        found.sort(key=lambda edge: (-edge.confidence, edge.dependant, edge.prerequisite))
        show(options, view, found)
        if found:
            item, other = (ref(view, key) for key in (found[0].dependant, found[0].prerequisite))
            Screen(options).note(
                f"syncd deps accept {item} {other} if it does wait, syncd deps reject {item} "
                f"{other} if not."
            )
    return 0


def decide(options: Options, names: tuple[str, str], *, accepted: bool, reason: str) -> int:
    """Remember what a person says of two items."""
    start_log(options)
    at = now()
    from syncd.reconciler.resolve.claims import is_open

    with open_app(options) as app:
        view = app.view(at)
        dependant, prerequisite = (_named(view, name) for name in names)
        if dependant.key == prerequisite.key:
            raise Usage(f"{dependant.ref} cannot wait for itself", "syncd deps suggest")
        closed = [item for item in (dependant, prerequisite) if accepted and not is_open(item)]
        if closed:
            raise Usage(
                f"{closed[0].ref} is closed already: it waits for nothing, and holds nothing up",
                "syncd deps list",
            )
        decision = LinkDecision(
            dependant=dependant.key,
            prerequisite=prerequisite.key,
            accepted=accepted,
            at=at,
            by=speaker(app.settings, ""),
            reason=reason,
        )
        app.store.decide_link(decision)
        stated = _stated(view, dependant.key, prerequisite.key)
    screen = Screen(options)
    one, other = clean(dependant.ref), clean(prerequisite.ref)
    told = {"dependant": one, "prerequisite": other, "accepted": accepted, "reason": reason}
    if screen.is_json:
        screen.entries("syncd/deps/1", "decisions", [{"type": "link-decision", **told}])
    else:
        screen.text(_decided(one, other, accepted=accepted, stated=stated))
    return 0


def _stated(view: View, dependant: ItemKey, prerequisite: ItemKey) -> frozenset[bool]:
    """Of the links at their sources between two: whether each says what is asked, or the reverse.

    What people decided about them is left aside.
    """
    from syncd.reconciler.view import View as Joined

    told = Joined(view.snapshot, replace(view.config, decisions=())).dependencies
    explicit = [ends(edge) for edge in told if edge.certainty == "explicit"]
    pair = prerequisite, dependant
    return frozenset(found == pair for found in explicit if found in (pair, pair[::-1]))


def _decided(one: str, other: str, *, accepted: bool, stated: frozenset[bool]) -> str:
    if accepted:
        link = (
            f'Link the two at their source as well: "{one} is blocked by {other}". '
            "syncd writes nothing there."
        )
        if True in stated:
            link = "Their link at the source says so already."
        if False in stated:
            link += (
                f" Take away the link by which {other} waits for {one}, or the two make a circle."
            )
        return f"{one} waits for {other} from now on. {link}"
    still = " A link at their source still joins them, and counts until it is gone."
    return f"{one} and {other} are not proposed again.{still if stated else ''}"


def draw(options: Options, names: Sequence[str], wanted: Wanted) -> int:
    """A picture of the items and all before and behind them, or of all that crosses teams."""
    with _view(options, wanted.teams) as view:
        roots = {_named(view, name).key for name in names}
        asked = roots | _members(view, roots)
        edges = [edge for edge in _open(view) if edge.certainty != "context"]
        if roots:
            edges = _around(edges, asked)
        else:
            edges = [edge for edge in edges if _is_wanted(view, edge, wanted)]
        keys = _keys(edges, roots)
        if options.format in ("json", "jsonl"):
            show(options, view, edges)
            return 0
        if len(keys) > LARGEST:
            said = f"{count(len(keys), 'item')} are more than a picture can show ({LARGEST})"
            edges = _nearest(edges, asked)
            keys = _keys(edges, roots)
            if not edges or len(keys) > LARGEST:
                raise Usage(said, "syncd deps graph ITEM, or --team TEAM")
            Screen(options).note(f"{said}: these are the nearest {len(keys)}.")
        picture = _picture(view, keys, edges)
    kinds = dict(zip(PICTURES, (dot, mermaid, svg), strict=True))
    Screen(options).raw(kinds[options.format if options.format in kinds else "dot"](picture))
    return 0


@contextmanager
def _view(options: Options, teams: Sequence[str]) -> Iterator[View]:
    """What is held now, joined."""
    with open_app(options, read_only=True) as app:
        require("team", teams, app.settings.teams)
        yield app.view(now())


def _open(view: View) -> Iterator[Dependency]:
    """Dependencies of which both ends are still open."""
    from syncd.reconciler.resolve.claims import is_open

    for edge in view.dependencies:
        items = [view.item(key) for key in ends(edge)]
        if all(item is not None and is_open(item) for item in items):
            yield edge


def _keys(edges: Iterable[Dependency], roots: AbstractSet[ItemKey]) -> list[ItemKey]:
    return sorted({*roots, *(key for edge in edges for key in ends(edge))})


def _is_wanted(view: View, edge: Dependency, wanted: Wanted) -> bool:
    teams = {view.team_of(key).team for key in ends(edge)}
    if wanted.teams and teams.isdisjoint(wanted.teams):
        return False
    return wanted.within or view.are_cross_team(edge.prerequisite, edge.dependant)


def _members(view: View, roots: AbstractSet[ItemKey]) -> set[ItemKey]:
    """What the deliverables of which these are the date are made of."""
    whole = (one.members for one in view.deliverables if not roots.isdisjoint(one.bound))
    return set(chain.from_iterable(whole))


def _around(edges: Sequence[Dependency], roots: AbstractSet[ItemKey]) -> list[Dependency]:
    """Edges on the ways that lead to the roots or away from them."""
    pairs = [ends(edge) for edge in edges]
    after = _reached(pairs, roots)
    before = _reached([(end, start) for start, end in pairs], roots)
    return [edge for edge in edges if edge.prerequisite in after or edge.dependant in before]


def _nearest(edges: Sequence[Dependency], roots: AbstractSet[ItemKey]) -> list[Dependency]:
    """Edges between the roots and what is fewest steps from them, as many as can be drawn."""
    pairs = [ends(edge) for edge in edges]
    shown = _reached([*pairs, *(pair[::-1] for pair in pairs)], roots, LARGEST)
    return [edge for edge in edges if shown.issuperset(ends(edge))]


def _reached(
    pairs: Sequence[tuple[ItemKey, ItemKey]],
    roots: AbstractSet[ItemKey],
    most: int | None = None,
) -> set[ItemKey]:
    """The roots and what follows them step by step, the nearest first."""
    following: dict[ItemKey, list[ItemKey]] = defaultdict(list)
    for start, end in pairs:
        following[start].append(end)
    found, waiting = dict.fromkeys(sorted(roots)), deque(sorted(roots))
    while waiting and (most is None or len(found) < most):
        fresh = [end for end in following[waiting.popleft()] if end not in found]
        found |= dict.fromkeys(fresh)
        waiting.extend(fresh)
    return set(islice(found, max(most, len(roots)) if most else None))


def _named(view: View, name: str) -> Item:
    """The item that is called so, of a deliverable what gives it its date. Raises Usage."""
    from syncd.reconciler.resolve.claims import is_open
    from syncd.reconciler.silence import items_called, names_in

    items = items_called(view, name)
    if not items:
        hint = near(name, names_in(view)) or "; only what was read is known"
        raise Usage(f'there is no item "{name}"{hint}', "syncd deps list")
    return next(filter(is_open, items), items[0])


def _picture(view: View, keys: Sequence[ItemKey], edges: Sequence[Dependency]) -> Picture:
    from syncd.reconciler.graph import closing

    place = {key: number for number, key in enumerate(keys)}
    order = sorted(edges, key=lambda e: (e.strength, ends(e)), reverse=True)
    cut = set(closing([(place[e.prerequisite], place[e.dependant]) for e in order]))
    arrows = [_arrow(view, edge, place, cut=at in cut) for at, edge in enumerate(order)]
    title = f"Who waits for whom, {view.today.isoformat()}"
    return Picture(title=title, boxes=[_box(view, key) for key in keys], arrows=arrows)


def _arrow(view: View, edge: Dependency, place: dict[ItemKey, int], *, cut: bool) -> Arrow:
    margin = view.plan.margin(edge.prerequisite, edge.dependant)
    days = f"{grouped(margin.days, signed=True)} wd" if margin else ""
    return Arrow(
        start=place[edge.prerequisite],
        end=place[edge.dependant],
        label="circle" if cut else days,
        sure=edge.certainty == "explicit",
        tight=(margin is not None and margin.days < 0) or is_critical(view, edge),
        cut=cut,
    )


def _box(view: View, key: ItemKey) -> Box:
    item, today = view.item(key), view.today
    target, told = view.target(key), view.plan.told(key)
    late = view.plan.days(key, target.day, told) if target and told else None
    planned = short_day(target.day, today) if target else "no date"
    dates = planned
    if late is not None and late > 0:
        dates = f"▲ {planned} → {short_day(told, today)} {slip(late)}"
    name = (item.name if isinstance(item, Milestone) else item.title) if item else ""
    return Box(
        ref=ref(view, key),
        title=clean(name),
        dates=clean(dates),
        team=view.team_of(key).team or "",
        url=item.url if item else "",
        late=late is not None and late > 0,
    )
