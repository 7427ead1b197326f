"""Work that grows as its input does: steps of Python are counted, no time is taken."""

import sys
from functools import partial
from itertools import pairwise

import pytest

from syncd.alerts.lifecycle import advance
from syncd.alerts.muting import Limits
from syncd.alerts.routing import plan
from syncd.model.findings import Evaluation, Severity
from syncd.model.items import Level
from syncd.model.people import Role
from syncd.reconciler.backtest.days import Day
from syncd.reconciler.backtest.sent import sent
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.inhibition import inhibitions
from syncd.reconciler.rules import dep_late
from syncd.reconciler.view import View
from syncd.testing.alerts import alert, finding, transition
from syncd.testing.builders import (
    AS_OF,
    config,
    issue,
    link,
    parent_of,
    person,
    program,
    snapshot,
    team,
    version,
)

LINEAR = 2.6
"""Growth beyond which it is none: twice the increase of 2 would cost 4 where each asks each."""

RELEASE = version("2.0", release="2026-12-28")


def steps(work):
    """Lines and calls that it ran; each turn of a loop is a line."""
    found, before = 0, sys.gettrace()

    def count(_frame, _event, _what):
        nonlocal found
        found += 1
        return count

    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return found


def growth(work, size):
    """By how much more twice the increase costs: 2 where each one more costs the same."""
    work(size)  # what is made once for all is made now
    few, some, many = (steps(partial(work, size * times)) for times in (1, 2, 4))
    return (many - some) / (some - few)


def items(count):
    """One in three with a date of its own, each earlier than the one before it; of two teams."""
    return [
        issue(
            f"{'PAY' if n % 2 else 'LED'}-{n}", assignee="ada", milestones=(RELEASE.key,) * (n % 2),
            due=f"2026-12-{28 - n % 20:02}" if n % 3 == 0 else None,
        )
        for n in range(count)
    ]  # fmt: skip


def ring(count):
    made = items(count)
    return [*made, *(link(*pair) for pair in pairwise([*made, made[0]]))]


def chain(count):
    made = items(count)
    return [*made, *(link(*pair) for pair in pairwise(made))]


def circles(count):
    made = items(count)
    knots = [made[start : start + 5] for start in range(0, count, 5)]
    return [*made, *(link(*pair) for knot in knots for pair in pairwise([*knot, knot[0]]))]


def hub(count):
    first, *others = items(count)
    return [first, *others, *(link(first, other) for other in others)]


def blocker(count):
    first, *others = items(count)
    return [first, *others, *(link(other, first) for other in others)]


def crossing(count):
    """Half of them wait for one that waits for the others: each of these links is too late."""
    first = issue("PAY-9999", due="2026-12-14")
    late = [issue(f"LED-{n}", due="2026-12-28") for n in range(count // 2)]
    early = [issue(f"PAY-{n}", due="2026-12-07") for n in range(count // 2)]
    links = [link(first, one) for one in late], [link(one, first) for one in early]
    return [first, *late, *early, *links[0], *links[1]]


def family(count):
    whole = issue("PAY-9999", level=Level.EPIC, due="2026-12-09")
    made = items(count)
    return [whole, *made, *(parent_of(one, whole) for one in made)]


def hampered(count):
    """A family each part of which waits for something late of another team."""
    whole = issue("PAY-9999", level=Level.EPIC, due="2026-11-19")
    made = [issue(f"PAY-{n}") for n in range(count)]
    late = [issue(f"LED-{n}", due="2026-11-16") for n in range(count)]
    links = (link(*pair) for pair in zip(made, late, strict=True))
    return [whole, *made, *late, *(parent_of(one, whole) for one in made), *links]


def comb(count):
    """A late chain each link of which waits for something late besides, by way of another."""
    made = [issue(f"LED-{n}", due="2026-11-19" if n else "2026-11-12") for n in range(count)]
    between = [issue(f"MOB-{n}") for n in range(count)]
    late = [issue(f"PAY-{n}", due="2026-11-16") for n in range(count)]
    links = *zip(made, between, strict=True), *zip(between, late, strict=True)
    return [*made, *between, *late, *(link(*pair) for pair in links),
            *(link(after, one) for one, after in pairwise(made))]  # fmt: skip


@pytest.mark.parametrize("shape", [ring, chain, circles, hub, blocker, crossing, family])
def test_a_pass_grows_as_what_is_linked_does(shape):
    settings = config(teams=(team("pay", "jira:PAY"), team("led", "jira:LED")))

    def read(size):
        held = snapshot(RELEASE, *shape(size))
        answer = judge(View(held, settings, estimates=foreseen))
        assert answer.failures == ()

    assert growth(read, 40) < LINEAR


@pytest.mark.parametrize("shape", [hub, family])
def test_how_each_link_stands_is_told_at_the_cost_of_each(shape):
    def read(size):
        view = View(snapshot(*shape(size)), config(), estimates=foreseen)
        for edge in view.dependencies:
            view.plan.margin(edge.prerequisite, edge.dependant)

    assert growth(read, 100) < LINEAR


@pytest.mark.parametrize("shape", [hampered, comb])
def test_what_makes_others_late_is_told_at_the_cost_of_each(shape):
    def tell(size):
        answer = judge(View(snapshot(*shape(size)), config(), estimates=foreseen), [dep_late.RULE])
        assert len(answer.findings) == size

    assert growth(tell, 100) < LINEAR


def test_whether_what_was_foretold_came_true_is_found_at_the_cost_of_each():
    def find(size):
        known = [alert(finding(f"LED-{n}", rule="forecast-late"), number=n) for n in range(size)]
        late = [finding(f"PAY-{n}", rule="overdue") for n in range(size)]
        told = Evaluation(as_of=AS_OF, findings=tuple(late))
        assert len(advance(known, told, AS_OF, next_number=size, first_pass=False)) == 2 * size

    assert growth(find, 200) < LINEAR


def test_what_lies_in_circles_is_told_with_them_at_the_cost_of_each():
    def find(size):
        keys = [f"jira:issue:{n}" for n in range(size)]
        knots = [finding(key, rule="dep-cycle", subject=key, encloses=(key,)) for key in keys]
        late = [finding(key, rule="overdue", subject=key) for key in keys]
        late += [finding(key, rule="dep-inversion", subject=key) for key in keys]
        roots = inhibitions([*knots, *late])
        assert {roots[one.fingerprint] for one in late[size:]} == {k.fingerprint for k in knots}

    assert growth(find, 200) < LINEAR


def test_news_of_a_reader_is_put_into_mails_at_the_cost_of_each():
    def tell(size):
        news, mails = told(size)
        assert max(len(one.transitions) for one in mails) == len(news)

    assert growth(tell, 200) < LINEAR


def test_who_heard_of_what_in_the_past_is_found_at_the_cost_of_each():
    def find(size):
        news, mails = told(size)
        day = Day(as_of=AS_OF, on=AS_OF.date(), looks=(), called=frozenset(), settled=(),
                  transitions=news, notices=mails, foretold=(), failures=())  # fmt: skip
        assert [one.people for one in sent([day], {})] == [("dana",)] * size

    assert growth(find, 200) < LINEAR


def told(count):
    """As many news of one day, and the mails that tell of them."""
    dana = person("dana", role=Role.TPM, programs=("checkout",))
    programs = (program("checkout", teams=("ledger",)),)
    news = tuple(
        transition(finding(f"LED-{n}", severity=Severity.HIGH, programs=("checkout",)))
        for n in range(count)
    )
    mails = plan(news, (dana,), programs, (team("ledger"),), told={}, as_of=AS_OF,
                 limits=Limits())  # fmt: skip
    return news, mails
