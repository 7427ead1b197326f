"""Which declared deliverable is which, whatever its table is called from one pass to the next."""

import pytest

from syncd.model.renaming import identified, to_keep
from syncd.testing.organisation import declared


def table(name, *match, formerly=""):
    return declared(name, *match, formerly=formerly)


def ids(*passes):
    """Of each pass: name of each table → id; every pass is made twice, as it may be any time."""
    kept, found = (), []
    for tables in passes:
        first = identified(tables, kept)
        kept = to_keep(first, kept)
        known = identified(tables, kept)
        assert known == first
        kept = to_keep(known, kept)
        assert len({one.id for one in known}) == len(tables)
        found.append({one.table: one.id for one in known})
    return found


CHECKOUT, LEDGER, OTHER = "jira:epic=PAY-1", "jira:epic=LED-1", "jira:epic=LED-9"


def test_without_another_name_the_id_is_that_of_the_table():
    assert ids([table("a", CHECKOUT), table("b", LEDGER)]) == [{"a": "a", "b": "b"}]


def test_a_table_that_says_what_it_was_goes_on_whatever_else_changed():
    was, now = ids([table("a", CHECKOUT)], [table("b", LEDGER, formerly="a")])
    assert (was, now) == ({"a": "a"}, {"b": "a"})


def test_a_name_without_a_pass_before_it_is_believed():
    assert ids([table("b", formerly="a")]) == [{"b": "a"}]


def test_what_is_made_of_the_same_goes_on_by_itself_and_when_that_changes_later():
    *_, third = ids(
        [table("a", CHECKOUT, LEDGER)], [table("b", LEDGER, CHECKOUT)], [table("b", OTHER)]
    )
    assert third == {"b": "a"}


@pytest.mark.parametrize(
    "now",
    [
        [table("b", LEDGER)],
        [table("a", CHECKOUT), table("b", CHECKOUT)],
        [table("b", CHECKOUT), table("c", CHECKOUT)],
    ],
    ids=["of something else", "of a copy", "of two that could be it"],
)
def test_what_only_may_be_it_is_new(now):
    _, found = ids([table("a", CHECKOUT)], now)
    assert all(found[one] == one for one in found)


def test_tables_that_say_nothing_of_what_they_are_made_of_are_not_taken_for_each_other():
    assert ids([table("a")], [table("b")])[1] == {"b": "b"}


@pytest.mark.parametrize("said", ["a", "b"])
def test_a_third_name_may_tell_the_first_or_the_second(said):
    *_, last = ids(
        [table("a", CHECKOUT)],
        [table("b", LEDGER, formerly="a")],
        [table("c", OTHER, formerly=said)],
    )
    assert last == {"c": "a"}


@pytest.mark.parametrize("said", ["", "a", "b"])
def test_the_first_name_comes_back(said):
    *_, last = ids(
        [table("a", CHECKOUT)],
        [table("b", CHECKOUT, formerly="a")],
        [table("a", CHECKOUT, formerly=said)],
    )
    assert last == {"a": "a"}


def test_the_line_may_be_taken_out_once_a_pass_has_read_it():
    *_, last = ids([table("a", CHECKOUT)], [table("b", LEDGER, formerly="a")], [table("b", OTHER)])
    assert last == {"b": "a"}


@pytest.mark.parametrize("said", [("", ""), ("a", "b"), ("b", "a")], ids=str)
def test_two_that_swapped_names_swap_them_back(said):
    before, swapped, back = ids(
        [table("a", CHECKOUT), table("b", LEDGER)],
        [table("a", LEDGER, formerly="b"), table("b", CHECKOUT, formerly="a")],
        [table("a", CHECKOUT, formerly=said[0]), table("b", LEDGER, formerly=said[1])],
    )
    assert (before, swapped) == ({"a": "a", "b": "b"}, {"a": "b", "b": "a"})
    assert back == before


@pytest.mark.parametrize("matches", [(CHECKOUT, CHECKOUT), (OTHER, "jira:OPS-1")])
def test_two_that_swapped_names_stay_so_whatever_they_are_made_of_later(matches):
    one, other = matches
    *_, last = ids(
        [table("a", CHECKOUT), table("b", LEDGER)],
        [table("a", LEDGER, formerly="b"), table("b", CHECKOUT, formerly="a")],
        [table("a", one, formerly="b"), table("b", other, formerly="a")],
    )
    assert last == {"a": "b", "b": "a"}


def test_lines_that_are_taken_out_after_a_swap_change_nothing():
    *_, last = ids(
        [table("a", CHECKOUT), table("b", LEDGER)],
        [table("a", LEDGER, formerly="b"), table("b", CHECKOUT, formerly="a")],
        [table("a", LEDGER), table("b", CHECKOUT)],
    )
    assert last == {"a": "b", "b": "a"}


def test_a_name_that_was_of_something_else_before_brings_nothing_of_that():
    *_, last = ids(
        [table("a", CHECKOUT), table("b", LEDGER)],
        [table("a", CHECKOUT)],
        [table("b", CHECKOUT, formerly="a")],
    )
    assert last == {"b": "a"}


def test_something_else_that_takes_the_name_is_new():
    *_, last = ids(
        [table("next", CHECKOUT)],
        [table("q3", CHECKOUT)],
        [table("q3", CHECKOUT), table("next", LEDGER)],
    )
    assert last == {"q3": "next", "next": "next+"}


def test_what_was_taken_out_for_a_while_goes_on():
    *_, last = ids(
        [table("a", CHECKOUT)], [table("b", CHECKOUT, formerly="a")], [], [table("b", OTHER)]
    )
    assert last == {"b": "a"}


@pytest.mark.parametrize(("said", "known"), [("", "b"), ("a", "a")], ids=["unsaid", "said"])
def test_what_is_made_of_the_same_later_goes_on_only_where_it_says_so(said, known):
    *_, last = ids([table("a", CHECKOUT)], [], [table("b", CHECKOUT, formerly=said)])
    assert last == {"b": known}


def test_a_line_that_comes_late_brings_the_history_back():
    *_, last = ids([table("a", CHECKOUT)], [table("b", LEDGER)], [table("b", LEDGER, formerly="a")])
    assert last == {"b": "a"}


def test_of_two_that_had_one_name_the_later_is_meant():
    *_, last = ids(
        [table("a", CHECKOUT), table("b", LEDGER)],
        [table("b", CHECKOUT, formerly="a")],
        [table("c", OTHER, formerly="b")],
    )
    assert last == {"c": "a"}
