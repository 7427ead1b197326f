"""`syncd report` on a store of its own: forms, files, and what it refuses."""

import json
import stat
from contextlib import closing
from datetime import timedelta

import pytest
from checkout import checkout
from filled import install

from syncd.cli.options import Options, Usage, split
from syncd.cli.report import Request, link, report
from syncd.errors import ConfigError, SyncdError
from syncd.interfaces import Page
from syncd.mailroom import Mailroom
from syncd.model.grants import Signer
from syncd.model.snapshot import Scope
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.builders import AS_OF, issue, version

NOW = AS_OF
DAY = timedelta(days=1)
CONFIG = """
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
[programs.checkout]
name = "Checkout relaunch"
teams = ["payments"]
"""


@pytest.fixture
def asked(tmp_path, capsys):
    """A function: flags in, (stdout, stderr) out."""
    url = install(tmp_path, CONFIG)
    release = version("2.0", release=(NOW + 30 * DAY).date())
    late = issue("PAY-1", title="Refund flow", due=(NOW - 20 * DAY).date(),
                 milestones=(release.key,), created_at=NOW - 40 * DAY)  # fmt: skip
    with closing(open_store(url, now=NOW)) as store:
        store.commit(Scope("jira", "PAY"), Page(items=(release, late), last=True), NOW)

    def ask(format="table", **request):  # noqa: A002
        options = Options(config=tmp_path / "syncd.toml", format=format)
        assert report(options, Request(**request)) == 0
        return capsys.readouterr()

    return ask


def test_without_a_file_it_is_markdown_of_the_only_program(asked):
    out = asked().out
    assert out.startswith("# Checkout relaunch\n")
    assert "## Needs attention" in out
    assert "PAY-1" in out


def test_for_leaders_it_is_the_weekly_in_the_terminal(asked):
    out = asked(audience="lead").out
    assert "## This week" in out
    assert "PAY-1" not in out


def test_a_file_is_written_whole_for_its_owner_alone(asked, tmp_path):
    for name, begins in (("r.html", "<!DOCTYPE html>"), ("r", "<!DOCTYPE html>"), ("r.md", "# "),
                         ("r.json", "{")):  # fmt: skip
        told = asked(output=str(tmp_path / name))
        assert told.out == ""
        assert f"{tmp_path / name} is made for teams" in told.err
        assert (tmp_path / name).read_text().startswith(begins)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_in_a_folder_its_name_tells_the_audience(asked, tmp_path):
    asked(output=str(tmp_path), audience="lead")
    (made,) = tmp_path.glob("checkout-lead-*.html")
    assert "for leaders" in made.read_text()


def test_scripts_get_one_document_or_lines(asked):
    found = json.loads(asked(format="json").out)
    assert (found["schema"], found["program"]) == ("syncd/report/1", "checkout")
    first, *rest = map(json.loads, asked(format="jsonl").out.splitlines())
    assert first["type"] == "report"
    assert {one["type"] for one in rest} >= {"numbers", "attention", "rows"}


def test_blocks_are_chosen_or_left_out(asked):
    assert set(json.loads(asked(format="json", blocks="log,data").out)["blocks"]) == {"log", "data"}
    assert "log" not in json.loads(asked(format="json", blocks="-log").out)["blocks"]


def test_a_past_day_is_told_as_it_was(asked):
    past = json.loads(asked(format="json", as_of=(NOW - 30 * DAY).date().isoformat()).out)
    assert "PAY-1" not in {one["ref"] for one in past["attention"]}, "it was not due yet"
    assert "PAY-1" in {one["ref"] for one in json.loads(asked(format="json").out)["attention"]}


def test_a_past_day_knows_no_alert_that_opened_later(tmp_path, capsys):
    path = checkout(tmp_path)

    def alerts(as_of):
        options = Options(config=path, format="json")
        assert report(options, Request(as_of=as_of, blocks="attention")) == 0
        found = json.loads(capsys.readouterr().out)["attention"]
        return {one["ref"]: (one["alert"], one["since"]) for one in found}

    assert alerts("2026-11-17")["LED-97"] == ("", None), "the pass of the 18th opened it"
    assert alerts("2026-11-18")["LED-97"] == ("D-2", "2026-11-18")


def test_a_link_that_the_service_would_refuse_is_not_made(tmp_path, capsys):
    url = install(tmp_path, CONFIG + '[serve]\nbind = "127.0.0.1:8085"\n')
    options, key = Options(config=tmp_path / "syncd.toml"), tmp_path / "var" / "signing.key"
    with closing(open_store(url, now=NOW)) as store:
        store.note_signer(Signer(check_value="of another secret", host="web-1", noted_at=NOW))
    with pytest.raises(ConfigError, match="web-1 signs by another secret than") as caught:
        link(options, Request(program="checkout"))
    assert "on web-1" in caught.value.hint
    assert not key.exists(), "it would not be the one that counts"


def test_a_link_is_made_where_nobody_has_signed_yet_or_by_the_same_key(tmp_path, capsys):
    url = install(tmp_path, CONFIG + '[serve]\nbind = "127.0.0.1:8085"\n')
    options = Options(config=tmp_path / "syncd.toml")
    open_store(url, now=NOW).close()
    assert link(options, Request(program="checkout")) == 0
    with closing(open_store(url, now=NOW)) as store:
        Mailroom(load(options.config, {}), store).note_key(NOW)
    assert link(options, Request(program="checkout")) == 0
    assert capsys.readouterr().out.count("/r/checkout?key=") == 2


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"audience": "boss"}, '--audience "boss" is not one of team, lead'),
        ({"blocks": "timelin"}, '--blocks "timelin" is not one of numbers, attention'),
        ({"program": "chekout"}, 'did you mean "checkout"?'),
        ({"as_of": "yesterday"}, '--as-of "yesterday" is not a day'),
        ({"as_of": "0001-01-01"}, '--as-of "0001-01-01" lies too far back'),
        ({"as_of": "9999-12-31"}, '--as-of "9999-12-31" is still to come'),
    ],
)
def test_what_it_cannot_make_is_refused_before_anything_is_written(
    asked, request_, words, tmp_path
):
    with pytest.raises(Usage, match=words.replace("?", r"\?")):
        asked(output=str(tmp_path / "x.html"), **request_)
    assert not (tmp_path / "x.html").exists()


def test_a_folder_that_is_not_there_is_told_with_a_way_out(asked, tmp_path):
    with pytest.raises(SyncdError, match=r"cannot write .*No such file") as caught:
        asked(output=str(tmp_path / "none" / "x.html"))
    assert caught.value.hint == "syncd report -o ANOTHER-FILE"


def test_html_is_a_format_of_reports_only():
    assert split(["report", "-f", "html"], {})[0].format == "html"
    with pytest.raises(Usage, match="is for syncd report only"):
        split(["status", "-f", "html"], {})
