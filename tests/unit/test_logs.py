"""Log lines: events with fields and run ids, one for an outage, and each listed in the README."""

import json
import logging
import re
import threading
from pathlib import Path

import pytest

from syncd.logs import ENDS, Events, JsonLines, Once, of_run
from syncd.redaction import SecretFilter, Secrets

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lines():
    found, secrets = [], Secrets()
    secrets.add("hunter2-very-secret")

    class Keep(logging.Handler):
        def emit(self, record):
            found.append(json.loads(self.format(record)))

    handler = Keep()
    for one in (Events(), Once(), SecretFilter(secrets)):
        handler.addFilter(one)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("test.logs")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger, found
    logger.removeHandler(handler)


def test_a_line_has_event_fields_and_run_and_no_secret(lines):
    logger, found = lines
    with of_run("abc123"):
        logger.warning("source.down source=%s error=%s", "jira", "no hunter2-very-secret here")
        reader = threading.Thread(
            target=logger.info, args=("source.up source=%s", "x"), name="read x"
        )
        web = threading.Thread(target=logger.info, args=("web.start",), name="web")
        for thread in (reader, web):
            thread.start()
            thread.join()
    logger.info("plain words")
    assert [line["event"] for line in found] == ["source.down", "source.up", "web.start", "log"]
    assert [line.get("run_id") for line in found] == ["abc123", "abc123", None, None]
    assert found[0]["source"] == "jira"
    assert found[0]["error"] == "no [secret] here"


def test_an_outage_of_an_hour_is_one_line_for_each_source(lines):
    logger, found = lines
    for turn in range(60):
        for source in ("jira", "github"):
            logger.warning("sweep.failed source=%s error=%s", source, f"try {turn}")
    assert len(found) == 2


def test_an_outage_that_begins_again_is_told_again(lines):
    logger, found = lines
    for source in ("jira", "github"):
        logger.warning("source.down source=%s error=%s", source, "401")
    logger.info("source.up source=%s changed=%d", "jira", 3)
    for _ in range(2):
        for source in ("jira", "github"):
            logger.warning("source.down source=%s error=%s", source, "503")
    told = [(line["event"], line["source"]) for line in found]
    assert told == [("source.down", "jira"), ("source.down", "github"), ("source.up", "jira"),
                    ("source.down", "jira")]  # fmt: skip


def test_each_refused_configuration_is_told(lines):
    logger, found = lines
    for words in ("line 3", "line 3", "line 9"):
        logger.error("config.rejected error=%s", words)
    assert [line["error"] for line in found] == ["line 3", "line 3", "line 9"]


def test_what_is_no_outage_is_told_in_each_of_its_words(lines):
    logger, found = lines
    for person in ("dana", "leo", "dana"):
        logger.warning("delivery.refused error=%s", f"{person}@example.com is unknown")
    assert [line["error"][:4] for line in found] == ["dana", "leo@"]


@pytest.mark.parametrize(("begins", "ends"), ENDS.items())
def test_each_outage_has_one_line_when_it_begins_and_one_when_it_ends(lines, begins, ends):
    (logger, found), words = lines, f"{begins} error=%s"
    for outage in range(2):
        for turn in range(2):
            logger.error(words, f"{outage} {turn}")
        logger.info(ends)
    assert [line["event"] for line in found] == [begins, ends] * 2


def test_mail_that_fails_is_told_beside_cycles_that_are_missing(lines):
    logger, found = lines
    for part in ("cycle", "mail", "mail"):
        logger.error("service.unwell part=%s error=%s", part, "nothing for an hour")
    assert [line["part"] for line in found] == ["cycle", "mail"]


def test_every_event_is_in_the_table_of_the_readme_and_the_other_way_round():
    said = set()
    for path in (ROOT / "syncd").rglob("*.py"):
        text = path.read_text()
        said |= set(
            re.findall(r"log\.(?:\w+\(\s*)(?:[^\"]*?)\"([a-z]+(?:\.[a-z_]+)+)(?: |\")", text)
        )
    table = (ROOT / "deploy/README.md").read_text()
    listed = set(re.findall(r"^\| `([a-z]+\.[a-z._]+)` \|", table, re.MULTILINE))
    assert said == listed
