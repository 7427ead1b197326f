"""Alerts as text: whole, readable by later versions, refused where it cannot be understood."""

import json
from dataclasses import fields, replace
from datetime import date

import pytest

from syncd.model.alerts import Alert
from syncd.model.findings import Fact, Finding, Reckoning, Severity
from syncd.store.documents import alert_of, alert_text
from syncd.testing.alerts import alert, hostile, rich_finding
from syncd.testing.builders import AS_OF


def full() -> Alert:
    found = replace(
        rich_finding(teams=("payments", "ledger"), programs=("checkout",), restricted=True),
        facts=(Fact(text="seen", seen_at=AS_OF), Fact(text="…")),
        planned=date(2026, 11, 24),
        expected=None,
    )
    return alert(
        found,
        told_severity=Severity.CRITICAL,
        inhibited_by="00ff",
        frozen_since=AS_OF,
        resolved_at=AS_OF,
        clear_since=AS_OF,
        flips=(AS_OF, AS_OF),
        unsteady=True,
        known=True,
    )


def test_an_alert_comes_back_equal_and_of_the_same_types() -> None:
    told = full()
    same = alert_of(alert_text(told))
    assert same == told
    for field in fields(Alert):
        assert type(getattr(same, field.name)) is type(getattr(told, field.name))
    for field in fields(Finding):
        assert type(getattr(same.finding, field.name)) is type(getattr(told.finding, field.name))
    assert same.told_severity is Severity.CRITICAL


def test_the_same_alert_is_the_same_text() -> None:
    assert alert_text(full()) == alert_text(full())


@pytest.mark.parametrize("text", ['"\\\n\x00', "Łódź 🦉\u2028", "</script>", "\ud800"])
def test_text_of_a_provider_survives(text: str) -> None:
    told = alert(hostile(rich_finding(), text))
    assert alert_of(alert_text(told)) == told


def test_a_field_that_an_older_text_lacks_gets_its_default() -> None:
    document = json.loads(alert_text(full()))
    del document["alert"]["flips"]
    del document["alert"]["finding"]["restricted"]
    del document["alert"]["finding"]["reckoning"]
    document["alert"]["from_the_future"] = [1]
    read = alert_of(json.dumps(document))
    assert read.flips == ()
    assert read.finding.restricted is False
    assert read.finding.reckoning == Reckoning()


def test_a_text_of_another_version_is_refused() -> None:
    document = json.loads(alert_text(full())) | {"version": 2}
    with pytest.raises(ValueError, match="version 2"):
        alert_of(json.dumps(document))
