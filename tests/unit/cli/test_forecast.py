"""`syncd forecast` on a store of its own: every format, the reasons, and the record."""

import json
from contextlib import closing
from datetime import timedelta

import pytest
from filled import install

from syncd.cli.forecast import forecast
from syncd.cli.options import Options, Usage
from syncd.interfaces import Page
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import AS_OF, version
from syncd.testing.histories import finished, planned

NOW = AS_OF
DAY = timedelta(days=1)
CONFIG = """
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
"""
EASY = version("Easy", release=(NOW + 70 * DAY).date())
HARD = version("Hard", release=(NOW + 75 * DAY).date())
LONE = version("Lone", release=(NOW + 70 * DAY).date(), scope="LED")


@pytest.fixture
def asked(tmp_path, capsys):
    """A function: flags in, what is printed out."""
    url = install(tmp_path, CONFIG)
    items = [
        EASY, HARD, LONE,
        *planned(10, milestones=(EASY.key,), created_at=NOW - 200 * DAY),
        *planned(80, first=100, milestones=(HARD.key,), created_at=NOW - 200 * DAY),
        *planned(6, "LED", milestones=(LONE.key,), created_at=NOW - 200 * DAY),
        *finished(as_of=NOW, milestones=(EASY.key,), created_at=NOW - 200 * DAY),
    ]  # fmt: skip
    told = Forecast(
        subject="deliverable:old", name="Old", teams=("payments",), days=10, spread=0.3,
        p50=(NOW - 30 * DAY).date(), p85=(NOW - 20 * DAY).date(),
    )  # fmt: skip
    came_true = PastForecast(
        forecast=told, made_at=NOW - 45 * DAY, made_on=(NOW - 45 * DAY).date(),
        done_on=(NOW - 25 * DAY).date(),
    )  # fmt: skip

    def ask(*teams, pasts=(came_true,), things=items, **flags):
        with closing(open_store(url, now=NOW)) as store:
            for name in ("PAY", "LED"):
                own = [one for one in things if getattr(one, "scope", "") == name]
                keys = {one.key for one in own}
                changes = tuple(one for one in things if getattr(one, "item", None) in keys)
                page = Page(items=tuple(own), changes=changes, last=True)
                store.commit(Scope("jira", name), page, NOW)
            store.record(run("r1", NOW), [], [], list(pasts))
        calibration = flags.pop("calibration", False)
        options = Options(config=tmp_path / "syncd.toml", width=100, **flags)
        assert forecast(options, teams, calibration=calibration) == 0
        return capsys.readouterr().out

    return ask


def test_each_deliverable_has_dates_odds_and_reasons(asked):
    text = asked()
    easy = next(line for line in text.splitlines() if "Easy" in line)
    hard = next(line for line in text.splitlines() if "Hard" in line)
    assert easy.startswith("●")
    assert hard.startswith("▲")
    assert " % " in hard
    flat = " ".join(text.split())
    assert "Hard, late: Very likely (about 9 in 10) to be late at the present pace." in flat
    assert "80 items open, after 10 items of others; weeks of 5, 5, 5, 5 finished." in flat
    assert "take out" in text
    assert "Lone, no data: It cannot be forecast: too little history" in flat


def test_a_script_reads_the_same(asked):
    document = json.loads(asked(format="json"))
    assert document["schema"] == "syncd/forecast/1"
    by = {one["name"]: one for one in document["forecasts"]}
    assert by["Easy"]["standing"] == "on plan"
    assert by["Easy"]["late"] < 0.3
    assert by["Hard"]["standing"] == "late"
    assert by["Hard"]["p50"] < by["Hard"]["p85"] < by["Hard"]["p95"]
    assert by["Lone"]["standing"] == "no data"
    assert by["Lone"]["reason"].startswith("too little history")
    assert by["Lone"]["standing_before"] is None
    lines = [json.loads(line) for line in asked(format="jsonl").splitlines()]
    assert lines == document["forecasts"]


def test_markdown_is_a_table(asked):
    table, reasons = asked(format="md").split("\n\n")
    head, rule, *rows = table.splitlines()
    assert head == "|  | Deliverable | Plan | 50 % | 85 % | Late | Grade | Open |"
    assert rule == f"|{' --- |' * 8}"
    assert len(rows) == len(reasons.splitlines()) == 3
    assert "at the present pace" in reasons


def test_a_team_sees_its_own(asked):
    assert "Lone" not in asked("payments")
    with pytest.raises(Usage, match="there is no team"):
        asked("paymets")


def test_the_record_says_how_often_dates_held(asked):
    text = asked(calibration=True)
    row = next(line for line in text.splitlines() if line.startswith("all"))
    assert "".join(row.split()) == "all1—(1/10)—(1/10)—(0/10)0%"
    assert "Old was expected by" in text
    document = json.loads(asked(calibration=True, format="json"))
    assert document["schema"] == "syncd/forecast-calibration/1"
    assert [one["horizon"] for one in document["records"]] == [
        "to 7", "to 15", "to 30", "over 30", "all",
    ]  # fmt: skip
    assert document["records"][-1]["by_p50"] == {"hits": 0, "of": 1, "value": 0.0}
    assert document["past"][0]["done_on"]


def test_without_a_record_the_shipped_table_is_named(asked):
    assert "the table that syncd ships" in asked(calibration=True, pasts=()).replace("\n", " ")


def test_nothing_open_is_said(asked):
    assert "nothing to forecast" in asked(things=[EASY])
