"""The routing tree: the first route that fits decides, child before parent, unless it goes on."""

import pytest

from syncd.alerts.recipients import parse
from syncd.alerts.routes import Routes
from syncd.alerts.routing import plan
from syncd.alerts.tree import Tree, circle
from syncd.model.alerts import Hold, Reason
from syncd.model.findings import Severity
from syncd.model.people import Role
from syncd.model.routes import Pace, Route
from syncd.testing.alerts import finding, transition
from syncd.testing.builders import AS_OF, person, program, team

TEAMS = (team("payments", lead="pia"), team("ledger"))
PROGRAMS = (program("checkout", teams=("payments", "ledger")), program("other"))
DANA = person("dana", role=Role.TPM, programs=("checkout",))
TOM = person("tom", role=Role.TPM, programs=("other",))
PIA = person("pia", role=Role.LEAD, team="payments")
LEO = person("leo", role=Role.LEAD, team="ledger")
ENA = person("ena", team="ledger", accounts=(("jira", "ena"),))
OPS = person("ops", operator=True)
EVERYBODY = (DANA, TOM, PIA, LEO, ENA, OPS)
USUAL = {"dana", "leo", "ena"}


def ours(**fields):
    fields.setdefault("owner", "jira:ena")
    fields.setdefault("teams", ("ledger",))
    fields.setdefault("programs", ("checkout",))
    return finding("LED-88", **fields)


def route(id="r", *to, **fields):  # noqa: A002
    return Route(id=id, to=to or None, **fields)


def reached(*routes, found=None, reason=Reason.OPENED):
    tree = Tree(routes, Routes(EVERYBODY, PROGRAMS, TEAMS))
    return tree.reached(transition(found or ours(), reason))


def test_without_routes_and_where_none_fits_it_is_as_usual() -> None:
    assert set(reached()) == USUAL
    assert set(reached(route("r", "ops", programs=("other",)))) == USUAL


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"programs": ("checkout",)}, True),
        ({"programs": ("other",)}, False),
        ({"teams": ("payments", "ledger")}, True),
        ({"teams": ("payments",)}, False),
        ({"rules": ("date-moved",)}, True),
        ({"rules": ("overdue",)}, False),
        ({"severity": Severity.HIGH}, True),
        ({"severity": Severity.CRITICAL}, False),
        ({"tiers": ("B",)}, True),
        ({"tiers": ("A",)}, False),
        ({"owners": ("ena",)}, True),
        ({"owners": ("dana",)}, False),
        ({"programs": ("checkout",), "tiers": ("A",)}, False),
    ],
)
def test_every_condition_must_hold(fields: dict, fits: bool) -> None:
    assert set(reached(route("r", "ops", **fields))) == ({"ops"} if fits else USUAL)


@pytest.mark.parametrize(
    ("words", "who"),
    [
        (("usual",), USUAL),
        (("owner",), {"ena"}),
        (("tom", "pia"), {"tom", "pia"}),
        (("operators",), {"ops"}),
        (("lead of team",), {"leo"}),
        (("lead of payments",), {"pia"}),
        (("tpm of program",), {"dana"}),
        (("tpm of other", "owner"), {"tom", "ena"}),
        (("usual", "tom"), USUAL | {"tom"}),
    ],
)
def test_the_words_for_people(words: tuple, who: set) -> None:
    assert set(reached(route("r", *words))) == who


def test_lead_of_teams_is_each_of_those_hit() -> None:
    hit = ours(teams=("ledger", "payments"))
    assert set(reached(route("r", "lead of team"), found=hit)) == {"leo"}
    assert set(reached(route("r", "lead of teams"), found=hit)) == {"leo", "pia"}


def test_a_word_that_names_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="names nobody"):
        parse("boss of team")


def test_the_first_that_fits_decides_unless_it_goes_on() -> None:
    first, second = route("a", "tom"), route("b", "pia")
    assert set(reached(first, second)) == {"tom"}
    assert set(reached(route("a", "tom", goes_on=True), second)) == {"tom", "pia"}


def test_a_child_takes_the_place_of_what_it_refines_and_takes_over_what_it_leaves_out() -> None:
    outer = route("outer", "tom", when=Pace.DIGEST)
    inner = route("inner", within="outer", severity=Severity.CRITICAL, when=Pace.NOW)
    assert {who: (one.pace, one.path) for who, one in reached(outer, inner).items()} == {
        "tom": (Pace.DIGEST, ("routes", "outer"))
    }
    grave = reached(outer, inner, found=ours(severity=Severity.CRITICAL))
    assert {who: (one.pace, one.path) for who, one in grave.items()} == {
        "tom": (Pace.NOW, ("routes", "inner"))
    }


def test_a_role_is_that_of_the_reader_and_others_look_further() -> None:
    quiet = route("quiet", roles=(Role.ENGINEER,), when=Pace.DROP)
    assert set(reached(quiet)) == USUAL - {"ena"}
    assert set(reached(quiet, route("rest", "ena", "tom"))) == {"tom"}


def test_what_is_about_a_person_is_never_told_more_widely() -> None:
    about = ours(subject="person:ena", programs=())
    assert set(reached(route("r", "usual", "tom", "operators"), found=about)) == {"ena", "leo"}


def test_trouble_of_a_source_stays_with_operators() -> None:
    stale = ours(rule="source-stale", subject="source:jira")
    assert set(reached(route("r", "tom"), found=stale)) == {"ops"}


def told(*routes, found=None, reason=Reason.OPENED, heard=()):
    one = transition(found or ours(), reason)
    mails = plan(
        (one,), EVERYBODY, PROGRAMS, TEAMS, told={one.alert.fingerprint: heard}, as_of=AS_OF,
        tree=routes,
    )  # fmt: skip
    return {mail.person: mail.hold for mail in mails}


def test_now_and_digest_change_when_it_leaves() -> None:
    low, grave = ours(severity=Severity.LOW), ours(severity=Severity.CRITICAL)
    now, later = route("r", "dana", when=Pace.NOW), route("r", "dana", when=Pace.DIGEST)
    assert told(found=low)["dana"] is Hold.DIGEST
    assert told(now, found=low) == {"dana": Hold.NONE}
    assert told(later) == {"dana": Hold.ROUTE}
    assert told(later, found=grave) == {"dana": Hold.NONE}, "criticals are never held"


def test_whoever_heard_of_it_hears_the_end_whatever_the_routes_say_now() -> None:
    dropped = route("r", when=Pace.DROP)
    assert told(dropped) == {}
    assert set(told(dropped, reason=Reason.CLEARED, heard=("dana", "tom"))) == {"dana", "tom"}


def test_a_circle_is_named() -> None:
    assert circle({"a": "", "b": "a", "c": "b"}) == ()
    assert circle({"a": "c", "b": "a", "c": "b"}) == ("a", "c", "b", "a")
    assert circle({"a": "a"}) == ("a", "a")
