"""The table of findings at every width, character by character."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from syncd.cli import screen as screens
from syncd.cli.failures import tell
from syncd.cli.findings import finding_rows, grouped, markdown
from syncd.cli.options import Options
from syncd.cli.screen import Cell, Column, Screen, wrapped
from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import Finding, Push, Severity, Standing

TODAY = date(2026, 11, 23)


def finding(ref: str, summary: str, **kwargs: object) -> Finding:
    given: dict[str, object] = {
        "rule": "overdue", "subject": f"jira:issue:{ref}", "severity": Severity.HIGH,
        "standing": Standing.LATE, "ref": ref, "title": ref, "summary": summary, "plain": "",
        "act": "", "clears": "",
    }  # fmt: skip
    return Finding(**(given | kwargs))  # type: ignore[arg-type]


FINDINGS = (
    finding(
        "LED-88", "Ledger API v2 (LED-88) is due Wed 2 Dec, 6 working days later than planned.",
        planned=date(2026, 11, 24), expected=date(2026, 12, 2), slip=6, owner="jira:ro",
        pushes=(Push(ref="PAY-142", title="Capture", slip=4), Push(ref="REL-1", title="Launch")),
    ),
    finding(
        "PAY-9", "決済の取り込み (PAY-9) was due Fri 20 Nov \x1b[31mand\u202e is open.",
        standing=Standing.AT_RISK, planned=date(2026, 11, 20), slip=1,
    ),
)  # fmt: skip
ALERTS = {
    FINDINGS[0].fingerprint: Alert(
        fingerprint=FINDINGS[0].fingerprint, number=41, state=AlertState.FIRING,
        finding=FINDINGS[0], opened_at=datetime(2026, 11, 9, 8, tzinfo=UTC),
        changed_at=datetime(2026, 11, 9, 8, tzinfo=UTC),
    )
}  # fmt: skip

AT = {
    140: """\
   ID    What                                                                        Plan    Expected     Pushes            Owner    Since
▲  D-41  Ledger API v2 (LED-88) is due Wed 2 Dec, 6 working days later than          24 Nov  2 Dec +6 wd  PAY-142 +4 wd +1  R. Osei  9 Nov
         planned.
◆  new   決済の取り込み (PAY-9) was due Fri 20 Nov and is open.                      20 Nov  +1 wd        —                 —
""",
    100: """\
   ID    What                                Plan    Expected     Pushes            Owner    Since
▲  D-41  Ledger API v2 (LED-88) is due       24 Nov  2 Dec +6 wd  PAY-142 +4 wd +1  R. Osei  9 Nov
         Wed 2 Dec, 6 working days later
         than planned.
◆  new   決済の取り込み (PAY-9) was due      20 Nov  +1 wd        —                 —
         Fri 20 Nov and is open.
""",
    80: """\
   ID    What                                              Plan    Expected
▲  D-41  Ledger API v2 (LED-88) is due Wed 2 Dec,          24 Nov  2 Dec +6 wd
         6 working days later than planned.
◆  new   決済の取り込み (PAY-9) was due Fri 20 Nov and is  20 Nov  +1 wd
         open.
""",
    60: """\
▲ D-41 Ledger API v2 (LED-88) is due Wed 2 Dec,
   6 working days later than planned.
   Plan: 24 Nov
   Expected: 2 Dec +6 wd
   Pushes: PAY-142 +4 wd +1
   Owner: R. Osei
   Since: 9 Nov

◆ new 決済の取り込み (PAY-9) was due Fri 20 Nov and is open.
   Plan: 20 Nov
   Expected: +1 wd
""",
}


def printed(monkeypatch: pytest.MonkeyPatch, width: int, **options: object) -> str:
    out = StringIO()
    monkeypatch.setattr(screens.sys, "stdout", out)
    screen = Screen(Options(width=width, **options))  # type: ignore[arg-type]
    screen.table(*finding_rows(FINDINGS, ALERTS, {"jira:ro": "R. Osei"}, TODAY))
    return out.getvalue()


@pytest.mark.parametrize("width", AT)
def test_the_table_of_findings(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    assert printed(monkeypatch, width) == AT[width]


@pytest.mark.parametrize("width", [30, 45, 60, 69, 70, 80, 99, 100, 120, 140, 200])
@pytest.mark.parametrize("color", [True, False])
def test_no_line_is_wider_than_the_width(
    monkeypatch: pytest.MonkeyPatch, width: int, color: bool
) -> None:
    text = printed(monkeypatch, width, color=color)
    assert ("\x1b[" in text) is color
    assert "\u202e" not in text
    if not color:
        assert max(cell_len(line) for line in text.splitlines()) <= width
        assert "\x1b" not in text


def test_what_has_the_same_cause_comes_in_short_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    root, victim, other = FINDINGS[1], FINDINGS[0], finding("PAY-3", "PAY-3 is late.")
    roots = {victim.fingerprint: root.fingerprint}
    out = StringIO()
    monkeypatch.setattr(screens.sys, "stdout", out)
    found = (victim, other, root)
    Screen(Options(width=80)).table(*finding_rows(found, ALERTS, {}, TODAY, roots=roots))
    heads = [line[:14].rstrip() for line in out.getvalue().splitlines()]
    assert heads == [
        "   ID    What", "▲  new   PAY-3", "◆  new   決済の取り", "         open.", "   D-41  ↳ sam",
    ]  # fmt: skip
    table = markdown(found, ALERTS, "T", TODAY, roots=roots).splitlines()
    assert table[-1].startswith("|  | D-41 | ↳ same cause (overdue): LED-88 |")
    assert [below for _, below in grouped((victim,), roots)] == [""]


def test_of_one_cause_five_are_listed_by_tier_and_day_and_the_rest_counted() -> None:
    root = FINDINGS[1]
    others = [
        finding(f"PAY-{n}", "s", tier="A" if n == 7 else "B", planned=date(2026, 12, 20 - n))
        for n in range(8)
    ]
    roots = {one.fingerprint: root.fingerprint for one in others}
    shown = list(grouped([*others, root], roots))
    assert [one.ref for one, _ in shown] == [root.ref, "PAY-7", "PAY-6", "PAY-5", "PAY-4", "PAY-3"]
    assert shown[-1][1] == "↳ same cause (overdue): PAY-3; and 3 others"
    assert [below.endswith("others") for _, below in shown[:-1]] == [False] * 5


def test_another_date_of_the_same_thing_is_not_shown_as_a_forecast() -> None:
    def shown(rule: str) -> str:
        found = replace(FINDINGS[0], rule=rule)
        _, ((*_, expected, _, _, _),) = finding_rows([found], {}, {}, TODAY)
        return expected.text.replace("\N{NO-BREAK SPACE}", " ")

    assert shown("event-moved") == shown("dates-disagree") == "or 2 Dec +6 wd"
    assert shown("date-moved") == "2 Dec +6 wd"


def test_since_is_the_day_in_the_zone_of_the_reader() -> None:
    late = replace(ALERTS[FINDINGS[0].fingerprint], opened_at=datetime(2026, 11, 9, 23, tzinfo=UTC))
    for zone, expected in (("UTC", "9"), ("Europe/Berlin", "10")):
        _, (row,) = finding_rows(
            FINDINGS[:1], {FINDINGS[0].fingerprint: late}, {}, TODAY, zone=ZoneInfo(zone)
        )
        assert row[-1].text == f"{expected}\N{NO-BREAK SPACE}Nov"


def test_what_is_resolved_does_not_look_late() -> None:
    resolved = {FINDINGS[0].fingerprint}
    _, (row,) = finding_rows(FINDINGS[:1], ALERTS, {}, TODAY, resolved=resolved)
    assert row[0].text == "●"
    assert "| ● resolved | D-41 |" in markdown(FINDINGS, ALERTS, "T", TODAY, resolved=resolved)


def test_blocks_keep_what_has_no_title(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    monkeypatch.setattr(screens.sys, "stdout", out)
    columns = (Column(title="ID", head=True), Column(title="What", flexible=True), Column(title=""))
    row = [Cell(text="D-1"), Cell(text="Late"), Cell(text="resolved")]
    Screen(Options(width=60)).table(columns, [row])
    assert out.getvalue() == "D-1 Late\n   resolved\n"


def test_columns_go_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = {width: printed(monkeypatch, width).splitlines()[0].split() for width in (140, 95, 80)}
    assert heads == {
        140: ["ID", "What", "Plan", "Expected", "Pushes", "Owner", "Since"],
        95: ["ID", "What", "Plan", "Expected", "Pushes", "Since"],
        80: ["ID", "What", "Plan", "Expected"],
    }


def test_the_same_colours_are_of_the_sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, 100, color=True)
    assert "\x1b[31m▲" in text
    assert "38;5" not in text
    assert "38;2" not in text


def test_markdown_escapes_what_people_wrote() -> None:
    evil = finding("PAY-1", "a | b <script> [x](javascript:1) `c` *d*", url="https://j.example/x")
    text = markdown((evil,), {}, "Title", TODAY)
    row = text.splitlines()[-1]
    assert row == (
        r"| ▲ late | new | a \| b \<script\> \[x\](javascript:1) \`c\` \*d\* "
        "([PAY-1](https://j.example/x)) | — | — |"
    )


def test_in_markdown_a_table_has_all_columns_whatever_the_width(capsys) -> None:
    columns = (Column(title="A", head=True), Column(title="B", drop=1, below=90))
    Screen(Options(format="md", width=20)).table(columns, [[Cell(text="a|b"), Cell(text="c d")]])
    assert capsys.readouterr().out == "| A | B |\n| --- | --- |\n| a\\|b | c d |\n\n"


@given(st.text(max_size=200), st.integers(10, 90))
def test_wrapping_loses_nothing_and_stays_within(text: str, width: int) -> None:
    clean = screens.clean(text)
    lines = wrapped(clean, width)
    assert all(cell_len(line) <= width for line in lines)
    joined = "".join(lines).replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    assert joined == clean.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")


def test_dates_and_durations_are_never_wrapped() -> None:
    text = "Moved from Tue 24 Nov to Wed 2 Dec 2031, 1 306 working days later, 4 min ago, 6 wd."
    for width in range(20, 60):
        lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped(text, width)]
        for whole in ("Tue 24 Nov", "Wed 2 Dec 2031", "1 306 working", "4 min", "6 wd"):
            assert any(whole in line for line in lines), (width, lines)


def test_too_little_memory_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(MemoryError(), Options()) == 1
    told = capsys.readouterr().err
    assert told.startswith("There was not enough memory to go on; what was stored before is kept.")
    assert "ulimit -v" in told
