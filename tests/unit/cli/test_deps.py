"""`syncd deps` on a small store: lists, suggestions, what was said of them, pictures."""

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from filled import install

from syncd.cli import deps
from syncd.cli.deps import Wanted
from syncd.cli.options import Options, Usage, split
from syncd.interfaces import Page
from syncd.model.history import Change
from syncd.model.items import Issue, Phase
from syncd.model.links import Evidence
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.builders import AS_OF, LONG_AGO, issue, link, version
from syncd.testing.histories import finished

LED = issue("LED-88", due="2026-12-09", title="Ledger API v2")
PAY = issue("PAY-142", due="2026-12-02", title="Refund flow")
MOB = issue("MOB-3", title="App")
OWN = issue("PAY-9", title="Other")
OVER = issue("LED-1", phase=Phase.DONE)
LINKS = (
    link(PAY, LED),
    link(OWN, PAY),
    link(PAY, OVER),
    link(MOB, LED, "depends on", evidence=Evidence.WAITS_PHRASE),
)
CONFIG = """\
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
[teams.ledger]
name = "Ledger"
owns = ["jira:LED"]
[teams.mobile]
name = "Mobile"
owns = ["jira:MOB"]
"""


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = install(tmp_path, CONFIG)
    page = Page(items=(LED, PAY, MOB, OWN, OVER), links=LINKS, last=True)
    with closing(open_store(url, now=AS_OF)) as store:
        store.commit(Scope("jira", "all"), page, AS_OF)
    return Options(config=tmp_path / "syncd.toml", format="jsonl", width=100)


def listed(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def pairs(capsys):
    return [(one["dependant"], one["prerequisite"]) for one in listed(capsys)]


def test_list_shows_what_is_stated_open_and_between_teams(options, capsys):
    assert deps.list_dependencies(options, Wanted()) == 0
    (one,) = listed(capsys)
    assert (one["dependant"], one["prerequisite"], one["class"]) == (
        "PAY-142",
        "LED-88",
        "explicit",
    )
    assert (one["needed"], one["expected"], one["slack"]) == ("2026-12-02", "2026-12-09", -5)
    assert (one["float"], one["critical"], one["circle"]) == (-5, False, False)
    assert one["evidence"] == [{"text": "PAY-142 is blocked by LED-88", "url": PAY.url}]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(within=True), [("PAY-142", "LED-88"), ("PAY-9", "PAY-142")]),
        (Wanted(certainty="suspected"), [("MOB-3", "LED-88")]),
        (Wanted(certainty="all", teams=("mobile",)), [("MOB-3", "LED-88")]),
        (Wanted(teams=("mobile",)), []),
    ],
)
def test_list_is_narrowed_and_widened(options, capsys, wanted, expected):
    deps.list_dependencies(options, wanted)
    assert sorted(pairs(capsys)) == expected


def test_list_for_people(options, capsys):
    deps.list_dependencies(replace(options, format="table"), Wanted())
    out = capsys.readouterr().out
    assert "PAY-142  LED-88" in out
    assert "PAY-142 is blocked by LED-88" in " ".join(out.split())
    deps.list_dependencies(replace(options, format="md"), Wanted())
    assert (
        "| PAY-142 | LED-88 | explicit 0.98 | 2 Dec | 9 Dec +5 wd | -5 wd | PAY-142 is blocked by"
        in capsys.readouterr().out
    )


@pytest.fixture
def held(options, tmp_path):
    """A function: more items and links into the store."""

    def hold(*items, links):
        page = Page(items=items, links=tuple(links), last=True)
        with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=AS_OF)) as store:
            store.commit(Scope("jira", "all"), page, AS_OF)

    return hold


def test_what_is_late_by_its_own_date_may_leave_days_to_spare(options, held, capsys):
    day = AS_OF.date()
    first = issue("LED-7", due=day - timedelta(days=7))
    last = issue("PAY-7", due=day + timedelta(days=70))
    held(first, last, links=[link(last, first)])
    deps.list_dependencies(options, Wanted())
    (step,) = [one for one in listed(capsys) if one["dependant"] == "PAY-7"]
    assert step["expected"] < step["needed"]
    assert step["float"] > 0


def test_list_shows_what_is_on_a_critical_path(options, held, capsys):
    release = version("Checkout", release=(AS_OF + timedelta(days=10)).date())
    release = replace(release, claims=(replace(release.claims[0], set_at=LONG_AGO),))
    first = issue("LED-7", due=(AS_OF + timedelta(days=30)).date())
    last = issue("PAY-7", milestones=(release.key,))
    held(release, first, last, links=[link(last, first)])
    deps.list_dependencies(options, Wanted())
    (step,) = [one for one in listed(capsys) if one["dependant"] == "PAY-7"]
    assert step["critical"]
    assert step["float"] < 0
    deps.draw(replace(options, format="dot"), ["PAY-7"], Wanted())
    assert "color=red" in capsys.readouterr().out


def test_of_a_large_circle_a_person_sees_the_tightest_and_a_script_all(options, held, capsys):
    ring = [issue(f"{'PAY' if n % 2 else 'LED'}-{n}") for n in range(1000, 1300)]
    early, late = issue("LED-7", due="2026-12-09"), issue("PAY-7", due="2026-12-02")
    held(*ring, early, late, links=[link(late, early), *map(link, ring, [*ring[1:], ring[0]])])
    deps.list_dependencies(replace(options, format="table"), Wanted())
    told = capsys.readouterr()
    _, cut, *rows = told.out.splitlines()
    assert "circle" in cut
    assert len(rows) == 199
    assert "-5 wd" in rows[0] + rows[1]
    assert "the first 200 of 302 dependencies" in told.err
    deps.list_dependencies(replace(options, format="md"), Wanted())
    told = capsys.readouterr()
    assert told.out.count(" is blocked by ") == 302
    assert "These are the first" not in told.err
    deps.list_dependencies(options, Wanted())
    assert len(listed(capsys)) == 302


def test_list_shows_where_a_circle_is_cut(options, held, capsys):
    one, other = issue("LED-7"), issue("PAY-7")
    held(one, other, links=[link(one, other), link(other, one)])
    deps.list_dependencies(options, Wanted())
    found = [entry["circle"] for entry in listed(capsys) if entry["dependant"].endswith("-7")]
    assert sorted(found) == [False, True]
    deps.list_dependencies(replace(options, format="table"), Wanted())
    assert capsys.readouterr().out.count("circle") == 1
    deps.list_dependencies(options, Wanted())
    (cut,) = [entry for entry in listed(capsys) if entry["circle"]]
    deps.draw(replace(options, format="mermaid"), ["LED-7"], Wanted())
    (arrow,) = [line for line in capsys.readouterr().out.splitlines() if "|circle|" in line]
    assert arrow.split()[0] == {"LED-7": "n0", "PAY-7": "n1"}[cut["prerequisite"]]


def test_what_was_rejected_is_not_suggested_again(options, capsys):
    deps.suggest(replace(options, format="table"), Wanted())
    told = capsys.readouterr()
    assert "MOB-3" in told.out
    assert " deps accept MOB-3 LED-88 if it does wait" in told.err
    told = replace(options, format="table")
    deps.decide(told, ("LED-88", "MOB-3"), accepted=False, reason="old plan")
    assert capsys.readouterr().out == "LED-88 and MOB-3 are not proposed again.\n"
    deps.suggest(replace(options, format="table"), Wanted())
    assert capsys.readouterr().out == "Nothing of that kind is known.\n"


def test_a_rejection_does_not_hide_a_link_that_stands(options, capsys):
    deps.decide(replace(options, format="table"), ("PAY-142", "LED-88"), accepted=False, reason="")
    assert "A link at their source still joins them" in " ".join(capsys.readouterr().out.split())
    deps.decide(options, ("PAY-142", "LED-88"), accepted=False, reason="")
    assert [one["type"] for one in listed(capsys)] == ["link-decision"]


def test_what_was_accepted_counts_as_stated(options, capsys):
    told = replace(options, format="table")
    deps.decide(told, ("MOB-3", "LED-88"), accepted=True, reason="")
    assert "MOB-3 waits for LED-88 from now on." in capsys.readouterr().out
    deps.list_dependencies(options, Wanted(teams=("mobile",)))
    assert pairs(capsys) == [("MOB-3", "LED-88")]


def test_accepting_tells_of_the_links_that_are_there(options, capsys):
    told = replace(options, format="table")
    for _ in range(2):  # also of one that was accepted before
        deps.decide(told, ("MOB-3", "LED-88"), accepted=True, reason="")
        assert "Link the two at their source" in " ".join(capsys.readouterr().out.split())
    deps.decide(told, ("PAY-142", "LED-88"), accepted=True, reason="")
    assert "says so already" in capsys.readouterr().out
    deps.decide(told, ("LED-88", "PAY-142"), accepted=True, reason="")
    text = " ".join(capsys.readouterr().out.split())
    assert "Take away the link by which PAY-142 waits for LED-88" in text
    with pytest.raises(Usage, match="LED-1 is closed already"):
        deps.decide(told, ("PAY-142", "LED-1"), accepted=True, reason="")
    deps.decide(told, ("PAY-142", "LED-1"), accepted=False, reason="")


def test_names_that_do_not_exist_are_told_with_the_nearest(options):
    with pytest.raises(Usage, match='no item "LED-8", did you mean "LED-88"'):
        deps.decide(options, ("MOB-3", "LED-8"), accepted=True, reason="")
    with pytest.raises(Usage, match="cannot wait for itself"):
        deps.decide(options, ("MOB-3", "MOB-3"), accepted=True, reason="")
    with pytest.raises(Usage, match='there is no team "ledgr", did you mean "ledger"'):
        deps.list_dependencies(options, Wanted(teams=("ledgr",)))
    with pytest.raises(Usage, match='--class "sure" is not one of'):
        deps.list_dependencies(options, Wanted(certainty="sure"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], {"LED-88", "PAY-142", "MOB-3"}),
        (["LED-88"], {"LED-88", "PAY-142", "MOB-3", "PAY-9"}),
        (["PAY-9"], {"LED-88", "PAY-142", "PAY-9"}),
        (["MOB-3"], {"LED-88", "MOB-3"}),
    ],
)
def test_a_picture_shows_what_is_around(options, capsys, names, expected):
    deps.draw(replace(options, format="mermaid"), names, Wanted())
    out = capsys.readouterr().out
    refs = ("LED-88", "PAY-142", "MOB-3", "PAY-9", "LED-1")
    assert {ref for ref in refs if f'["{ref}<' in out} == expected


def test_a_deliverable_goes_by_its_name_and_brings_its_members(options, held, capsys):
    release = version("Checkout", release=(AS_OF + timedelta(days=10)).date())
    first, last = issue("LED-7", title="Write path"), issue("PAY-7", milestones=(release.key,))
    held(release, first, last, issue("PAY-8", title="Write path"), links=[link(last, first)])
    deps.draw(replace(options, format="mermaid"), ["checkout"], Wanted())
    out = capsys.readouterr().out
    assert all(f'["{ref}<' in out for ref in ("PAY Checkout", "LED-7", "PAY-7"))
    assert "PAY-142" not in out
    deps.decide(options, ("checkout", "ledger api v2"), accepted=True, reason="")
    (told,) = listed(capsys)
    assert (told["dependant"], told["prerequisite"]) == ("PAY Checkout", "LED-88")
    with pytest.raises(Usage, match='no item "Write path"'):
        deps.decide(options, ("Write path", "LED-88"), accepted=True, reason="")  # two are


def test_a_picture_tells_what_is_late_and_what_is_only_suspected(options, capsys):
    deps.draw(replace(options, format="mermaid"), [], Wanted())
    out = capsys.readouterr().out
    assert "▲ 2 Dec" in out
    assert "|-5 wd|" in out
    assert "-.->" in out
    deps.draw(replace(options, format="table"), [], Wanted())
    assert capsys.readouterr().out.startswith("digraph")
    deps.draw(options, ["MOB-3"], Wanted())
    assert pairs(capsys) == [("MOB-3", "LED-88")]


def test_of_more_than_a_picture_can_show_the_nearest_are_drawn(options, held, capsys):
    row = [issue(f"LED-{number}", title=f"Part {number}") for number in range(1000, 1900)]
    held(*row, links=[link(one, other) for one, other in pairwise(row)])
    deps.draw(replace(options, format="mermaid"), ["LED-1450"], Wanted())
    told = capsys.readouterr()
    drawn = set(re.findall(r'\["(LED-\d+)<', told.out))
    assert drawn == {f"LED-{number}" for number in range(1250, 1650)}
    assert "900 items are more than a picture can show (400)" in told.err
    with pytest.raises(Usage, match="more than a picture can show"):
        deps.draw(replace(options, format="mermaid"), [], Wanted(within=True))


def test_picture_formats_are_for_pictures_only():
    assert split(["deps", "graph", "--format", "svg"], {})[0].format == "svg"
    with pytest.raises(Usage, match='"svg" is for syncd deps graph only'):
        split(["deps", "list", "--format", "svg"], {})


@pytest.mark.parametrize("days", [None, 60])
def test_list_expects_what_forecasts_say_but_nothing_before_a_date_that_was_set(
    options, tmp_path, capsys, days
):
    now = AS_OF
    due = (now + timedelta(days=days)).date() if days else None
    begun = issue("LED-5", due=due, created_at=now)
    waits = issue("PAY-5")
    things = [begun, waits, *finished("LED", days=60, as_of=now)]
    page = Page(
        items=tuple(one for one in things if isinstance(one, Issue)),
        changes=tuple(one for one in things if isinstance(one, Change)),
        links=(link(waits, begun),),
        last=True,
    )
    with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=now)) as store:
        store.commit(Scope("jira", "all"), page, now)
    assert deps.list_dependencies(options, Wanted()) == 0
    (found,) = [one for one in listed(capsys) if one["dependant"] == "PAY-5"]
    if due:
        assert found["expected"] == due.isoformat()
        return
    assert now.date() < date.fromisoformat(found["expected"]) < (now + timedelta(days=9)).date()
