"""The report for teams: what it says, what it never says, and that texts of others stay texts."""

import hashlib
import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import material_of, report_of

from syncd.model.acts import Act, ActKind, Promise
from syncd.model.alerts import AlertState
from syncd.model.findings import Standing
from syncd.model.items import Phase
from syncd.model.links import Evidence
from syncd.report.contents import Audience, Block, Kind
from syncd.report.document import SCHEMA, document, lines
from syncd.report.markdown import linked, markdown
from syncd.report.page import page
from syncd.testing.alerts import alert
from syncd.testing.builders import (
    AS_OF,
    at,
    change,
    config,
    declared,
    event,
    issue,
    link,
    program,
    snapshot,
    version,
)

RELEASE = version("2.0", release="2026-12-18")
API = issue("LED-88", title="Ledger API", due="2026-12-10", milestones=(RELEASE.key,))
CAPTURE = issue("PAY-142", title="Capture", due="2026-12-01", milestones=(RELEASE.key,))
MOVED = change(API, "due", "2026-11-27", "2026-12-10", "2026-11-19")
THINGS = (RELEASE, API, CAPTURE, link(CAPTURE, API), MOVED)
SECRET = "Buy the competitor"
HOSTILE = (
    "line\nbreak\r\x00\x0b\x85\u2028end",
    "=?utf-8?q?Hi=0ABcc=3A_x=40y?=",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</title></style></script><script>alert(2)</script>",
    "javascript:alert(1) data:text/html,x <a href='javascript:x'>",
    "\x1b[31mred\x1b]8;;http://evil.test\x07link",
    "\u202eevil\u2066 zero\u200bwidth" + "a" + "\u0301" * 300,
    "{{ 7*7 }} {% raw %} %s {0} ${x}",
    "| a | b |\n|---|---| [x](http://evil.test) ![i](http://evil.test/i.png)",
    "=cmd|'/c calc'!A0 \ud800 lone",
    "a" * 5000,
    "\" onmouseover=\"alert(1)' style='x",
    "&lt;b&gt; &#x3c;script&#x3e;",
)
ALLOWED = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "section",
        "article",
        "h1",
        "h2",
        "p",
        "b",
        "span",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "button",
        "a",
        "ul",
        "li",
        "details",
        "summary",
        "svg",
        "defs",
        "pattern",
        "marker",
        "rect",
        "path",
        "text",
        "tspan",
        "circle",
        "g",
        "script",
    ]
)


class Parsed(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def forms(report):
    texts = json.dumps(document(report), ensure_ascii=False), markdown(report)
    return page(report).decode(), *texts


def is_harmless(report):
    found = Parsed(page(report))
    assert set(found.tags) <= ALLOWED, set(found.tags) - ALLOWED
    assert found.tags.count("script") == found.tags.count("style") == 1
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("style", "src", "srcset", "action", "formaction"), (tag, name)
        if name == "href":
            assert value.startswith(("https://tracker.test/", "https://calendar.test/"))
    for text in forms(report):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069]", text)


def test_a_link_is_no_part_of_a_longer_key() -> None:
    text = linked("LED-88 waits for LED-8", "LED-8", "https://tracker.test/LED-8")
    assert text == "LED-88 waits for [LED-8](<https://tracker.test/LED-8>)"
    assert linked("LED-88 waits", "LED-8", "https://tracker.test/LED-8") == "LED-88 waits"


def test_it_says_what_is_late_and_what_that_pushes():
    report = report_of(*THINGS)
    rows = {row.ref or row.name: row for row in report.rows}
    api, capture = rows["LED-88"], rows["PAY-142"]
    assert (api.plan, api.expected, api.slip) == (date(2026, 11, 27), date(2026, 12, 10), 9)
    assert (api.standing, api.note) == (Standing.AT_RISK, "+9 wd")
    assert capture.expected == date(2026, 12, 10)
    assert capture.pushed_by == api.id
    assert report.rows[0].kind is Kind.MILESTONE
    (wait,) = report.waits
    groups = [group.name for group in report.groups]
    assert (groups[wait.before], groups[wait.after]) == ("Ledger", "Payments")
    assert (wait.label, wait.spare, wait.stated) == ("LED-88 → PAY-142", -7, True)
    (slip,) = report.slips
    assert slip.points[0][1], slip.points[-1][1] == (date(2026, 11, 27), date(2026, 12, 10))
    assert [entry.what for entry in report.log] == [
        "LED-88 Ledger API: due date Fri 27 Nov → Thu 10 Dec (+9 wd)"
    ]
    assert {"Ledger", "Payments"} <= set(report.teams)
    for form in forms(report):
        for words in ("LED-88", "Ledger API", "+9 wd"):
            assert words in form.replace("\N{NON-BREAKING HYPHEN}", "-")


def test_what_waits_to_be_told_is_not_new_and_its_head_has_a_year():
    late = issue("PAY-1", due="2026-11-02", title="")
    (found,) = material_of(snapshot(late)).findings
    assert found.summary.startswith("PAY-1 was due")
    for state, said in (
        (AlertState.FIRING, "1 new this week"),
        (AlertState.PENDING, "1 not told yet"),
    ):
        held = report_of(late, alerts=(alert(found, state=state, opened_at=AS_OF),))
        assert [one.note for one in held.numbers if one.title == "Needs attention"] == [said]
        assert f" {AS_OF.year} " in held.subtitle


def test_what_is_only_seen_in_texts_is_dashed_and_worded():
    screens = issue("MOB-57", title="Screens", due="2026-12-01", milestones=(RELEASE.key,))
    seen = link(screens, API, "waits for", evidence=Evidence.WAITS_PHRASE)
    report = report_of(*THINGS, screens, seen)
    assert [wait.stated for wait in report.waits] == [False, True]
    assert "? not recorded" in page(report).decode()
    assert 'stroke-dasharray="5 4"' in page(report).decode()
    assert "seen in texts only" in markdown(report)


@pytest.mark.parametrize("audience", Audience)
def test_what_is_restricted_is_named_nowhere(audience):
    hidden = issue("LED-99", title=SECRET, due="2026-11-02", restricted=True,
                   milestones=(RELEASE.key,))  # fmt: skip
    private = event(SECRET, "2026-12-04", private=True)
    report = report_of(
        *THINGS, hidden, private, link(CAPTURE, hidden),
        change(hidden, "due", "2026-11-01", "2026-11-02", "2026-11-20"), audience=audience,
    )  # fmt: skip
    for form in forms(report):
        assert SECRET not in form
        assert "LED-99" not in form.replace("\N{NON-BREAKING HYPHEN}", "-")
    if audience is Audience.TEAM:
        assert any(row.ref == "restricted item" for row in report.rows)
        assert any("A restricted item" in line.what for line in report.attention)


def test_an_epic_that_is_restricted_names_no_milestone():
    from syncd.model.items import Level

    epic = issue("LED-1", title=SECRET, due="2026-12-18", restricted=True, level=Level.EPIC)
    child = issue("LED-2", parent="LED-1")
    report = report_of(epic, child)
    assert SECRET not in "".join(forms(report))


def test_programs_are_told_apart():
    known = config(
        programs=(program("pay", teams=("payments",)), program("mob", teams=("mobile",))),
    )
    shop = version("shop", release="2026-12-18", scope="MOB")
    mobile = issue("MOB-1", title="Shop screens", due="2026-11-02", milestones=(shop.key,))
    told = report_of(*THINGS, shop, mobile, settings=known, program="mob")
    assert {row.name for row in told.rows} >= {"shop", "Shop screens"}
    assert "LED-88" not in "".join(forms(told))
    assert [light.team for light in told.weekly.lights] == ["Mobile"]


def test_decisions_are_in_the_log_with_their_reasons():
    act = Act(
        kind=ActKind.BASELINE, at=at("2026-11-20 10:00"), by="dana", text="agreed with sales",
        promises=(Promise(deliverable="x", name="Checkout 2.0", day=date(2026, 12, 18)),),
    )  # fmt: skip
    old = Act(kind=ActKind.NOTE, at=AS_OF - timedelta(days=30), by="dana", text="long ago")
    for audience in Audience:
        report = report_of(*THINGS, acts=(old, act), audience=audience)
        (entry,) = [one for one in report.log if one.source == "decision"]
        assert entry.what == "set the baseline of Checkout 2.0 to Fri 18 Dec"
        assert entry.why == "agreed with sales"
        assert bool(entry.who) is (audience is Audience.TEAM)
    renamed = config(deliverables=(declared("x", "jira:fixVersion=2.0", name="Relaunch"),))
    (entry,) = [one for one in report_of(*THINGS, acts=(act,), settings=renamed).log
                if one.source == "decision"]  # fmt: skip
    assert entry.what == "set the baseline of Relaunch to Fri 18 Dec"


def test_what_was_dropped_is_in_the_log_also_for_leaders():
    gone, long_ago = (
        issue(ref, title=title, phase=Phase.DROPPED, done_at=at(when), milestones=(RELEASE.key,))
        for ref, title, when in (
            ("LED-7", "Wallet", "2026-11-20 15:00"), ("LED-8", "Vouchers", "2026-11-02 15:00"),
        )
    )  # fmt: skip
    whole = declared("checkout", "jira:fixVersion=2.0", name="Checkout")
    for audience, name in ((Audience.TEAM, "LED-7 Wallet"), (Audience.LEAD, "Wallet")):
        report = report_of(
            *THINGS, gone, long_ago, settings=config(deliverables=(whole,)), audience=audience
        )
        said = [one.what for one in report.log if "dropped" in one.what]
        assert said == [f"{name} of Checkout: dropped"]
    secret = replace(gone, restricted=True)
    report = report_of(*THINGS, secret, settings=config(deliverables=(whole,)))
    assert not [one for one in report.log if "dropped" in one.what]


def test_data_that_is_old_or_missing_is_said():
    report = report_of(*THINGS, stale={"jira:LED": "2026-11-20"})
    (age,) = [one for one in report.ages if one.source == "jira"]
    assert "LED" in age.trouble
    assert "the server did not answer" in age.trouble
    assert any("No complete reading of jira" in text for text in report.gaps)
    assert {row.ref: row.standing for row in report.rows}["LED-88"] is Standing.NO_DATA
    assert "○ no fresh data" in page(report).decode()


def test_nothing_at_all_is_said_plainly():
    text, _, wiki = forms(report_of())
    for words in (
        "No milestone has a date.",
        "Nothing needs attention.",
        "No team waits for another one.",
    ):
        assert words in text
        assert words in wiki


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_parse_back_harmless(title):
    own = issue(
        "PAY-1", title=title, due="2026-11-02", milestones=(RELEASE.key,), assignee=title[:40]
    )
    other = issue(
        "LED-1", title=title, due="2026-12-24", milestones=(RELEASE.key,), url="javascript:alert(1)"
    )
    named = version("named", release="2026-12-01", url=f"https://x:y@evil.test/{title[:20]}")
    named = replace(named, name=title[:200])
    review = event(f"Go / no-go {title}", "2026-12-02", ref="review")
    act = Act(kind=ActKind.NOTE, at=AS_OF, by=title[:60], text=title)
    known = config(
        programs=(program("p", teams=("payments", "ledger"), name=title[:80]),),
        deliverables=(
            declared(
                "d",
                "jira:fixVersion=2.0",
                name=title[:90],
                gates=("calendar:summary~'go / no-go'",),
            ),
        ),
    )
    for audience in Audience:
        report = report_of(
            RELEASE, own, other, named, review, link(own, other), settings=known,
            acts=(act,), audience=audience, program="p",
        )  # fmt: skip
        if audience is Audience.TEAM:
            is_harmless(report)
        json.dumps(document(report)).encode()
        page(report)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30), min_size=1, max_size=4))
def test_any_mixture_of_them_is_harmless(parts):
    title = "".join(part[:200] for part in parts)
    is_harmless(
        report_of(RELEASE, issue("PAY-1", title=title, due="2026-11-02", milestones=(RELEASE.key,)))
    )


def test_the_page_allows_its_own_style_and_script_and_nothing_else():
    text = page(report_of(*THINGS)).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert tag == "style" or len(inside) < 3000
    assert "unsafe" not in policy


def test_who_it_is_made_for_is_in_its_head():
    for audience, words in ((Audience.TEAM, "for teams"), (Audience.LEAD, "for leaders")):
        text = page(report_of(*THINGS, audience=audience)).decode()
        assert f'name="syncd-audience" content="{audience}"' in text
        assert words in text.split("</title>")[0]
        assert words in text.split("</header>")[0].split("<h1>")[1]


def test_blocks_are_left_out():
    report = report_of(*THINGS, blocks=(Block.TIMELINE, Block.LOG))
    text, told, wiki = forms(report)
    assert "Needs attention" not in text + wiki
    assert set(json.loads(told)) & {"attention", "waits", "rows", "log"} == {"rows", "log"}
    assert "Timeline" in text
    lead = report_of(*THINGS, audience=Audience.LEAD)
    assert lead.blocks == (Block.NUMBERS, Block.TIMELINE, Block.LOG, Block.DATA)


def test_json_lines_hold_what_the_document_holds():
    report = report_of(*THINGS)
    whole, parts = document(report), list(lines(report))
    assert parts[0]["schema"] == whole["schema"] == SCHEMA
    assert sum(part["type"] == "rows" for part in parts) == len(whole["rows"])
    assert all(part["type"] for part in parts)


SCRIPT = """
import hashlib, sys
sys.path[:0] = {folders!r}
from test_report import THINGS, report_of, page, markdown
report = report_of(*THINGS)
print(hashlib.sha256(page(report) + markdown(report).encode()).hexdigest())
"""


def test_the_same_snapshot_gives_the_same_bytes_in_any_process():
    here = Path(__file__)
    folders = [str(here.parent), str(here.parents[2] / "building")]
    told = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT.format(folders=folders)], capture_output=True, text=True,
            check=True, timeout=300, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "77")
    }  # fmt: skip
    assert len(told) == 1


def test_five_hundred_milestones_stay_small():
    things = []
    for number in range(500):
        scope = ("PAY", "LED", "MOB")[number % 3]
        day = date(2026, 11, 25) + timedelta(days=number % 170)
        made = version(f"Release train of the winter season {number}", scope=scope, release=day)
        things.append(made)
        things += [
            issue(f"{scope}-{number * 10 + n}", title=f"A piece of work with a long title, {n}",
                  milestones=(made.key,), due=day - timedelta(days=n))
            for n in range(10)
        ]  # fmt: skip
    report = report_of(*things)
    assert len(report.rows) == 15
    told = [row for row in (*report.rows, *report.rest) if row.kind is Kind.MILESTONE]
    assert len(told) == 500
    assert {row.team for row in report.rows} <= {"Payments", "Ledger", "Mobile"}
    assert len(page(report)) < 300_000
    assert page(report).count(b"<details") >= 1
