"""`syncd whatif` on a small store: what is meant by the names that people give."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from filled import install

from syncd.cli.options import Options, Usage
from syncd.cli.whatif import Request, whatif
from syncd.interfaces import Page
from syncd.model.items import Account
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.builders import AS_OF, LONG_AGO, implements, issue, pull_request, version
from syncd.testing.histories import finished

DAY = (AS_OF + timedelta(days=30)).date()
RELEASE = version("checkout", release=DAY)
OTHER = version("checkout", release=DAY, scope="LED")
SOON = (AS_OF + timedelta(days=9)).date()
WORK = issue("PAY-1", milestones=(RELEASE.key,), assignee="7001", due=SOON, title="Flow",
             created_at=AS_OF)  # fmt: skip
CODE = pull_request("acme/pay#5", created_at=AS_OF)
CONFIG = """\
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
[deliverables.checkout_v3]
name = "Checkout v3"
match = ["jira:fixVersion=checkout"]
"""
ACCOUNTS = (
    Account(source="jira", id="7001", name="Ada Li"),
    Account(source="jira", id="7002", name="Sam Roe"),
    Account(source="jira", id="7003", name="Sam Roe"),
    Account(source="jira", id="bot", name="Robot", is_bot=True),
)


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = install(tmp_path, CONFIG)
    done = finished("PAY", days=60, as_of=AS_OF)
    items = [one for one in done if hasattr(one, "ref")]
    changes = tuple(one for one in done if not hasattr(one, "ref"))
    dated = [replace(one, claims=(replace(one.claims[0], set_at=LONG_AGO),))
             for one in (RELEASE, OTHER)]  # fmt: skip
    with closing(open_store(url, now=AS_OF)) as store:
        page = Page(items=(*dated, WORK, *items), changes=changes, accounts=ACCOUNTS, last=True)
        store.commit(Scope("jira", "all"), page, AS_OF)
        code = Page(items=(CODE,), links=(implements(CODE, WORK),), last=True)
        store.commit(Scope("github", "acme/pay"), code, AS_OF)
    return Options(config=tmp_path / "syncd.toml", format="json", width=100)


def told(options, capsys, **request):
    assert whatif(options, Request(**request)) == 0
    return json.loads(capsys.readouterr().out)


def test_what_would_stay_open_of_it_is_told_but_not_what_is_assumed_to_end(options, capsys):
    found = told(options, capsys, done=["PAY-1"])
    assert found["assumed"] == ["Flow (PAY-1) is done today, with acme/pay#5 still open"]
    found = told(options, capsys, done=["PAY-1", "acme/pay#5"])
    assert [said.partition("today")[2] for said in found["assumed"]] == ["", ""]


@pytest.mark.parametrize("end", ["drop", "done"])
def test_the_end_of_a_deliverable_is_that_of_all_it_is_bound_to(options, capsys, end):
    found = told(options, capsys, **{end: ["Checkout v3"]})
    assert len(found["assumed"]) == 2
    (move,) = found["deliverables"]
    assert (move["name"], move["after"]) == ("Checkout v3", None)
    assert found["meetings"] == []
    one = told(options, capsys, **{end: [RELEASE.ref]})
    assert len(one["assumed"]) == 1
    still = [said.partition("today")[2] for said in found["assumed"]]
    assert (", with PAY-1 still open" in still) is (end == "done")


@pytest.mark.parametrize("width", [70, 80, 100])
def test_no_line_is_wider_than_the_screen_however_far_it_slips(options, capsys, width):
    asked = Request(slip=["PAY-1=5000d"])
    assert whatif(replace(options, format="table", width=width), asked) == 0
    text = capsys.readouterr().out
    assert "Checkout v3" in text
    assert max(map(len, text.splitlines())) <= width


def test_slips_of_one_item_are_told_as_one(options, capsys):
    found = told(options, capsys, slip=["PAY-1=1d", "pay-1=1w"])
    assert found["assumed"] == ["Flow (PAY-1) is 6 working days later"]


def test_whoever_a_source_knows_may_be_away(options, capsys):
    first, last = AS_OF.date(), AS_OF.date() + timedelta(days=30)
    for name in ("7001", "ada li"):
        found = told(options, capsys, absent=[f"{name}={first}..{last}"])
        assert found["assumed"][0].startswith("Ada Li is away")
        assert [one["rule"] for one in found["opens"]] == ["person-away"]


def test_days_that_are_over_are_assumed_of_nobody(options, capsys):
    with pytest.raises(Usage, match="is over already"):
        whatif(options, Request(absent=["7001=2020-12-01"]))
    found = told(options, capsys, absent=["7001=0001-01-01..9999-12-31"])
    assert [one["rule"] for one in found["opens"]] == ["person-away"]


def test_who_is_meant_must_be_clear(options):
    with pytest.raises(Usage, match=r"several accounts are called .*: 7002, 7003"):
        whatif(options, Request(absent=["Sam Roe=2999-01-01"]))
    for name in ("Robot", "Ada"):
        with pytest.raises(Usage, match=f'nobody is called "{name}"'):
            whatif(options, Request(absent=[f"{name}=2999-01-01"]))
