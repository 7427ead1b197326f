"""`syncd backtest` and `syncd rules test` on a store of their own: every format, thin data, flags."""

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from filled import install
from learning import learn
from sections import OUTBOX

from syncd.cli.backtest import backtest
from syncd.cli.options import Options, Usage
from syncd.cli.replaying import Asked
from syncd.cli.rules import list_rules
from syncd.cli.rules_test import test as rule_tested
from syncd.errors import StoreError
from syncd.interfaces import Page
from syncd.model.items import Phase
from syncd.model.runs import RuleRun
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import AS_OF, change, event, issue, version
from syncd.testing.histories import finished, planned

NOW = AS_OF
DAY = timedelta(days=1)
LONG = NOW - 200 * DAY
CONFIG = (
    """
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
lead = "ada"
[people.ada]
name = "Ada L."
email = "ada@example.com"
role = "lead"
team = "payments"
"""
    + OUTBOX
)


def done(ref, due, at, **fields):
    """An issue that was due on a day and done on another, with its history."""
    one = issue(ref, due=due.date(), created_at=LONG, **fields)
    closed = replace(one, phase=Phase.DONE, state="Done", done_at=at, updated_at=at)
    return [
        closed,
        change(one, "phase", "active", "done", at),
        change(one, "state", "Active", "Done", at),
    ]


def promised(count, *, late=0):
    """Issues due one after the other, the first `late` of them ten days after their date."""
    found = []
    for number in range(count):
        due = NOW - (20 + 5 * number) * DAY
        found += done(f"PAY-{500 + number}", due, due + (10 if number < late else -2) * DAY)
    return found


HARD = version("Hard", release=(NOW - 15 * DAY).date(), start=(NOW - 90 * DAY).date())
THINGS = [
    HARD,
    *planned(60, first=100, milestones=(HARD.key,), created_at=LONG),
    *finished(as_of=NOW, days=110, milestones=(HARD.key,)),
]


@pytest.fixture
def place(tmp_path):
    install(tmp_path, CONFIG)
    return tmp_path


@pytest.fixture
def asked(place, capsys):
    """A function: what is held and flags in, what is printed out."""
    file = place / "var" / "syncd.db"

    def ask(*things, rule="", learned=LONG, asked=None, **flags):
        with closing(open_store(f"sqlite:///{file}", now=LONG)) as store:
            items = tuple(one for one in things if hasattr(one, "claims"))
            changes = tuple(one for one in things if not hasattr(one, "claims"))
            page = Page(items=items, changes=changes, last=True)
            learn(store, Scope("jira", "PAY"), page, learned)
        before = sha256(file.read_bytes()).hexdigest()
        options = Options(config=place / "syncd.toml", width=100, **flags)
        since = (NOW - 100 * DAY).date().isoformat()
        wanted = asked or Asked(since=since, step=5)
        code = rule_tested(options, rule, wanted) if rule else backtest(options, wanted)
        assert code == 0
        assert sha256(file.read_bytes()).hexdigest() == before, "nothing is written"
        return capsys.readouterr()

    return ask


def test_ways_stand_beside_each_other(asked):
    text = asked(*THINGS, *promised(14, late=6)).out
    assert "days replayed, every 5th working day" in text
    issues = next(line for line in text.splitlines() if line.startswith("Issues with a date"))
    assert issues.split()[-6:] == ["8", "6", "0", "0", "0", "0"]
    for way in ("syncd", "always on time", "date passed"):
        assert way in text
    assert "due date as forecast" in text


def test_a_miss_that_was_foretold_is_found_with_its_lead(asked):
    document = json.loads(asked(*THINGS, format="json").out)
    assert document["schema"] == "syncd/backtest/1"
    kind = document["deliverables"]
    assert kind["outcomes"] == {"kept": 0, "missed": 1, "moved": 0, "gone": 0}
    ours = next(one for one in kind["alarms"] if one["way"] == "syncd")
    assert ours["recall"] == {"hits": 1, "of": 1, "value": 1.0}
    assert ours["lead"][0] > 10
    rules = {one["rule"]: one for one in document["rules"]}
    assert rules["forecast-late"]["right"] == {"hits": 1, "of": 1, "value": 1.0}
    assert document["noise"]["per_person_week"] > 0
    assert document["dates"]["made"] > 5


def test_the_table_of_rules_adds_up_to_what_is_told(asked):
    text = asked(*THINGS, *promised(14, late=6)).out
    table = text.partition("\nRules\n")[2].partition("\n\n")[0].splitlines()[1:]
    told = " ".join(text.split())
    sent = re.search(r"(\d+) alerts? would have been sent.*?, and (\d+) more told in the", told)
    assert sum(int(row.split()[1]) for row in table) == int(sent[1]) + int(sent[2])


def test_two_samples_are_not_shown_as_truth(asked):
    text = asked(*promised(2, late=1)).out
    assert "2 outcomes of the 10 needed is too thin" in text
    assert "Precision" not in text
    assert "0.50" not in text


def test_an_empty_past_is_told_without_figures(asked):
    text = asked(issue("PAY-1", created_at=LONG)).out
    assert "0 alerts would have been sent." in text


@pytest.mark.parametrize(
    "command", [backtest, lambda *given: rule_tested(given[0], "overdue", given[1])]
)
def test_a_store_of_which_nothing_was_read_gives_no_figures(place, command):
    with closing(open_store(f"sqlite:///{place}/var/syncd.db", now=NOW)):
        pass
    with pytest.raises(StoreError, match="Nothing was read yet"):
        command(Options(config=place / "syncd.toml"), Asked())


def test_dates_read_only_later_are_not_judged(asked):
    text = asked(*THINGS, learned=NOW - DAY).out
    assert "1 commitment is not judged" in text


def test_only_what_was_known_then(asked):
    since = (NOW - 100 * DAY).date().isoformat()
    wanted = Asked(since=since, step=5, known=True)
    late = asked(*THINGS, *promised(14), learned=NOW - DAY, asked=wanted).out
    assert "what syncd had learned by then" in late
    issues = next(line for line in late.splitlines() if line.startswith("Issues with a date"))
    assert issues.split()[-6:] == ["0"] * 6


def test_other_formats(asked):
    written = asked(*THINGS, format="md").out
    assert "#### Commitments\n\n| Kind | Kept |" in written
    assert "- — (3/10) means too thin" in written
    lines = [json.loads(line) for line in asked(*THINGS, format="jsonl").out.splitlines()]
    assert [line["type"] for line in lines][:2] == ["backtest", "rule"]


def test_progress_is_told_on_stderr(asked):
    told = asked(*promised(2))
    assert "replaying" in told.err
    assert "replaying" not in told.out


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Asked(since="soon"), '--since "soon" is not a day'),
        (Asked(until="2026-13-01"), '--until "2026-13-01" is not a day'),
        (Asked(since="2999-01-01", until="2999-01-02"), "still to come"),
        (Asked(until="2999-01-02"), '--until "2999-01-02" is still to come'),
        (Asked(since="2026-01-10", until="2026-01-09"), "no working day"),
        (Asked(since="2026-01-10", until="2026-01-11"), "no working day"),
        (Asked(since="0001-01-01"), "before anything can be known"),
        (Asked(until="0001-01-01"), '--until "0001-01-01" is before anything can be known'),
        (Asked(step=0), "--step"),
    ],
)
def test_days_that_mean_nothing_are_refused(asked, wanted, words):
    with pytest.raises(Usage, match=words):
        asked(*promised(2), asked=wanted)


def test_a_rule_is_shown_with_whom_it_would_have_told(asked):
    text = asked(*THINGS, rule="forecast-late").out
    row = next(line for line in text.splitlines() if " adopted " in line)
    assert "Hard" in row
    assert "Ada L." in row
    assert "missed" in row
    assert "too thin to judge it by (1 of 10 needed)" in text


def test_a_rule_with_enough_outcomes_is_judged(asked):
    text = " ".join(asked(*promised(12, late=12), rule="overdue").out.split())
    assert "were followed by a miss (100%)" in text


@pytest.mark.parametrize("rule", ["source-stale", "clock-skew", "mass-change", "rule-demoted"])
def test_a_rule_of_which_past_days_cannot_tell_is_not_called_silent(place, rule, capsys):
    for form, said in (
        ("table", "cannot be tested"),
        ("md", "cannot be"),
        ("json", '"sent": null'),
    ):
        options = Options(config=place / "syncd.toml", width=100, format=form)
        assert rule_tested(options, rule, Asked(since="2026-08-03")) == 3
        out = capsys.readouterr().out
        assert said in out
        assert "no alert" not in out


def test_the_list_of_rules_has_state_and_cost_on_a_narrow_screen(place, capsys):
    with closing(open_store(f"sqlite:///{place}/var/syncd.db", now=NOW)) as store:
        told = RuleRun(rule="overdue", firing=3, clear=8, unknown=2, seconds=0.017)
        store.record(replace(run(moment=NOW), rules=(told,)), (), ())
    assert list_rules(Options(config=place / "syncd.toml", width=80)) == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if line.startswith("overdue"))
    assert row.split()[1:6] == ["high", "3", "8", "2", "17"]
    assert max(map(len, lines)) <= 80


def test_a_rule_that_could_not_tell_on_past_days_says_so(asked):
    """No source keeps the answers to invitations of past days."""
    review = event("Hard go / no-go", NOW - 16 * DAY, created_at=LONG)
    text = asked(*THINGS, review, rule="gate-unattended").out
    assert "would have sent no alert. On 1 of " in text
    assert "there was something it could not tell" in " ".join(text.split())


def test_a_rule_that_would_have_been_silent_says_so(asked):
    assert "It would have sent no alert." in asked(*promised(2), rule="dep-cycle").out


def test_a_rule_for_scripts(asked):
    document = json.loads(asked(*THINGS, rule="forecast-late", format="json").out)
    assert document["schema"] == "syncd/rules-test/1"
    assert document["right"]["hits"] == 1
    first = document["sent"][0]
    assert first["news"] == "adopted"
    assert first["to"] == ["ada"]
    lines = asked(*THINGS, rule="forecast-late", format="jsonl").out.splitlines()
    assert json.loads(lines[0]) == first
    written = asked(*THINGS, rule="forecast-late", format="md").out
    assert "| Day | News |" in written
    assert "too thin to judge it by (1 of 10 needed)" in written


def test_an_unknown_rule_is_refused_with_the_nearest(asked):
    with pytest.raises(Usage, match='did you mean "overdue"'):
        asked(*promised(2), rule="overdu")
