"""What only some may see is named to nobody else, by whatever way something leaves (X6, §7).

A project with an audience has a word of its own in every text that people can write there; the word
is looked for in all that is made for everybody else.
"""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from syncd import plugins
from syncd.app import App
from syncd.briefing.brief import brief
from syncd.briefing.pack import pack
from syncd.briefing.reader import Reader
from syncd.cli.brief_forms import documents, markdown, show
from syncd.cli.options import Options
from syncd.cli.screen import Screen
from syncd.interfaces import Page
from syncd.model.items import Attendee, Phase
from syncd.model.snapshot import Scope
from syncd.report.contents import Audience
from syncd.report.document import document
from syncd.report.markdown import markdown as report_markdown
from syncd.report.page import file_name, page
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import change, event, issue, link, pull_request, version

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
"""A Friday: briefs and the weekly are due."""
QUARTER = timedelta(minutes=15)
CANARY = "zanzibar"
CONFIG = """
timezone = "UTC"
[store]
url = "sqlite:///{folder}/syncd.db"
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
lead = "pia"
[teams.vault]
name = "Vault"
owns = ["jira:SEC", "github:acme/sec"]
lead = "val"
[programs.checkout]
name = "Checkout"
teams = ["payments", "vault"]
stakeholders = {{ exec = ["vp"] }}
[meetings.standup]
match = "calendar:summary~'stand-up'"
kind = "stand-up"
programs = ["checkout"]
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
brief = "14:00"
[people.pia]
name = "Pia P"
email = "pia@example.com"
role = "lead"
team = "payments"
brief = "14:00"
[people.val]
name = "Val V"
email = "val@example.com"
role = "lead"
team = "vault"
accounts = {{ jira = "val" }}
brief = "14:00"
[people.vp]
name = "S. Moreau"
email = "vp@example.com"
role = "exec"
brief = {{ every = "Fri 14:00", audience = "lead" }}
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
[alerts]
adoption = {adoption}
[sources.jira]
kind = "file"
paths = ["x.json"]
audience = {{ SEC = ["val"] }}
[sources.github]
kind = "file"
paths = ["y.json"]
audience = {{ "acme/sec" = ["val"] }}
[sources.calendar]
kind = "file"
paths = ["z.json"]
audience = {{ vault = ["val"] }}
"""


def things():
    """Per scope: open, late and done work whose names hold the word, and what waits for it."""
    sec, pay = version(f"{CANARY} 2.0", release="2026-11-30", scope="SEC"), version(
        "2.0", release="2026-12-04", scope="PAY"
    )  # fmt: skip
    old = NOW - timedelta(days=60)
    late = issue("SEC-9", title=f"Rotate {CANARY} keys", due="2026-11-02", assignee="val",
                 milestones=(sec.key,), created_at=old, labels=(CANARY,),
                 url=f"https://t.test/{CANARY}")  # fmt: skip
    waits = issue("PAY-1", title="Refund flow", due="2026-11-24", milestones=(pay.key,),
                  created_at=old)  # fmt: skip
    done = issue("SEC-8", title=f"Old {CANARY}", phase=Phase.DONE, done_at=NOW - timedelta(hours=3),
                 created_at=old)  # fmt: skip
    pull = pull_request("acme/sec#1", title=f"Fix {CANARY}", state="merged", author="val",
                        merged_at=NOW - timedelta(hours=4))  # fmt: skip
    guests = tuple(
        Attendee(account=f"{who}@example.com", response="accepted") for who in ("dana", "pia")
    )
    ours = event("Checkout stand-up", NOW + timedelta(minutes=20), attendees=guests, scope="team")
    theirs = event(f"{CANARY} stand-up", NOW + timedelta(minutes=25), scope="vault")
    moved = change(late, "due", "2026-10-30", "2026-11-02", NOW - timedelta(hours=5))
    slipped = change(sec, "release", "2026-11-27", "2026-11-30", NOW - timedelta(hours=5))
    return {
        Scope("jira", "SEC"): Page(items=(sec, late, done), changes=(moved, slipped), last=True),
        Scope("jira", "PAY"): Page(items=(pay, waits), links=(link(waits, late),), last=True),
        Scope("github", "acme/sec"): Page(items=(pull,), last=True),
        Scope("calendar", "vault"): Page(items=(theirs,), last=True),
        Scope("calendar", "team"): Page(items=(ours,), last=True),
    }


@pytest.fixture(params=["true", "false"], ids=["adopting", "new"])
def app(request, tmp_path):
    (tmp_path / "syncd.toml").write_text(CONFIG.format(folder=tmp_path, adoption=request.param))
    with closing(open_store(f"sqlite:///{tmp_path}/syncd.db", now=NOW)) as store:
        for scope, told in things().items():
            store.commit(scope, told, NOW - QUARTER)
        if request.param == "false":
            store.record(run("r1", NOW - QUARTER), [], [], [])
    settings = load(tmp_path / "syncd.toml", {}, catalog=plugins)
    with App(settings, now=NOW, own=True) as made:
        yield made


def leaks(text: str) -> list[str]:
    """What of the hidden scopes is in it."""
    words = (CANARY, "SEC-", "acme/sec", "jira:SEC", "github:acme", "calendar:vault")
    return [
        text[max(0, at - 60) : at + 40]
        for word in words
        if (at := text.casefold().find(word.casefold())) >= 0
    ]


def opened(body: bytes) -> str:
    """Headers and every decoded part of a mail."""
    parsed = message_from_bytes(body, policy=default)
    parts = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    texts = [
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in parts
    ]
    names = [str(part.get_filename() or "") for part in parsed.walk()]
    return "\n".join([*map(str, parsed.values()), *names, *texts])


def test_no_mail_names_it_to_those_who_may_not_see_it(app):
    decision = app.decide(app.reconcile(NOW))
    kinds = {(one.person, one.reason) for one in decision.queued}
    assert {("dana", "brief"), ("pia", "brief"), ("dana", "pack")} <= kinds
    assert kinds & {("dana", "adoption"), ("vp", "weekly")}
    for mail in decision.queued:
        if mail.person != "val":
            assert not leaks(opened(mail.body) + mail.subject), (mail.person, mail.reason)
    theirs = "".join(opened(one.body) for one in decision.queued if one.person == "val")
    assert CANARY in theirs, "those who may see it are told of it"


@pytest.mark.parametrize("person", ["dana", "pia", "vp"])
def test_no_form_of_a_brief_or_pack_names_it(app, person, capsys):
    material = app.prepare(NOW)
    known = next(one for one in material.view.config.people if one.id == person)
    reader = Reader.of(known, material)
    meeting = next(one for one in material.view.snapshot.events if one.title.startswith("Checkout"))
    for content in (brief(reader, NOW - timedelta(days=3), whole=True), pack(reader, meeting)):
        screen = Screen(Options())
        show(screen, content)
        said = capsys.readouterr().out + markdown(content)
        said += json.dumps(list(documents(content, whole=True)))
        assert not leaks(said)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("reader", ["", "dana", "vp"])
@pytest.mark.parametrize("program", ["", "checkout"])
def test_no_form_of_a_report_names_it(app, audience, reader, program):
    found = app.report(NOW, audience=audience, reader=reader, program=program)
    said = page(found).decode() + report_markdown(found) + json.dumps(document(found))
    assert not leaks(said)
    assert (f"-for-{reader}-" in file_name(found)) is bool(reader)
    who = {"": found.readers, "dana": "Dana Li", "vp": "S. Moreau"}[reader]
    assert f"for {who}" in found.subtitle


def test_who_may_see_it_has_it_in_their_report_and_the_dates_agree(app):
    theirs = app.report(NOW, reader="val")
    assert CANARY in page(theirs).decode()
    ours = app.report(NOW, reader="dana")
    plans = [
        [(row.plan, row.expected, row.slip, row.standing) for row in found.rows if not row.ref]
        for found in (theirs, ours)
    ]
    assert sorted(map(str, plans[0])) == sorted(map(str, plans[1]))
    late = {one.plan: (one.expected, one.late) for one in theirs.weekly.milestones}
    assert late == {one.plan: (one.expected, one.late) for one in ours.weekly.milestones}


def test_a_summary_of_old_trouble_is_looked_at_again_when_it_is_sent(app):
    """Who may not see it any more gets nothing of it, though it waits with its old words."""
    decision = app.decide(app.reconcile(NOW))
    mine = [one for one in decision.queued if (one.person, one.reason) == ("pia", "adoption")]
    if not mine:
        pytest.skip("nothing is adopted here")
    assert "PAY-1" in opened(mine[0].body)
    app.store.record(run("r2", NOW), decision.transitions, decision.queued, ())
    jira = app.settings.sources["jira"].model_copy(update={"audience": {"PAY": ("val",)}})
    app.settings = app.settings.model_copy(
        update={"sources": app.settings.sources | {"jira": jira}}
    )
    sent = {one.message_id for one in app.deliver(NOW + QUARTER)}
    assert sent
    assert mine[0].message_id not in sent
