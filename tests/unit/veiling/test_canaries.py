"""What only some may see is named to nobody else, by whatever way something leaves (X6, §7).

A project with an audience has a word of its own in every text that people can write there; the word
is looked for in all that is made for everybody else.
"""

import json
import re
from datetime import timedelta

import pytest
from asking import page_at
from canary import CANARY, NOW, QUARTER, leaks, opened

from syncd.answering import Desk
from syncd.briefing.brief import brief
from syncd.briefing.pack import pack
from syncd.briefing.reader import Reader
from syncd.cli.brief_forms import documents, markdown, show
from syncd.cli.options import Options
from syncd.cli.screen import Screen
from syncd.model.grants import Deed, Grant
from syncd.report.contents import Audience
from syncd.report.document import document
from syncd.report.markdown import markdown as report_markdown
from syncd.report.page import file_name, page
from syncd.signing import Signing
from syncd.testing.alert_store_contract import run
from syncd.web.answers import AnswerPages


def test_no_mail_names_it_to_those_who_may_not_see_it(app):
    decision = app.decide(app.reconcile(NOW))
    kinds = {(one.person, one.reason) for one in decision.queued}
    assert {("dana", "brief"), ("pia", "brief"), ("dana", "pack")} <= kinds
    assert kinds & {("dana", "adoption"), ("vp", "weekly")}
    assert kinds & {("dana", "adoption"), ("jira:issue:n-PAY-1", "note")}
    for mail in decision.queued:
        if mail.person not in ("val", "jira:issue:n-SEC-9"):
            assert not leaks(opened(mail.body) + mail.subject), (mail.person, mail.reason)
    theirs = "".join(opened(one.body) for one in decision.queued if one.person == "val")
    assert CANARY in theirs, "those who may see it are told of it"


@pytest.mark.parametrize("app", ["false"], ids=["new"], indirect=True)
def test_no_page_of_a_link_names_it(app):
    decision = app.decide(app.reconcile(NOW))
    app.store.record(run("r2", NOW), decision.transitions, (), ())
    signing = Signing("k" * 40)
    desk = Desk(app.settings, app.store, signing)
    routes = AnswerPages(lambda: desk, lambda: "", lambda: NOW).routes()
    hidden = next(one for one in app.store.alerts() if one.finding.ref == "SEC-9")
    told = {}
    for who in ("dana", "pia", "vp", "val"):
        for deed in (Deed.ACK, Deed.ACCEPT, Deed.NOTE, Deed.SNOOZE, Deed.STOP, Deed.USEFUL):
            grant = Grant(
                person=who, deed=deed, fingerprint=hidden.fingerprint, number=hidden.number,
                update=hidden.update, expires=NOW + QUARTER,
            )  # fmt: skip
            told[who] = page_at(routes, f"/a/{signing.link(grant)}")
            assert who == "val" or not leaks(re.sub(r'(href|value)="[^"]*"', "", told[who]))
    assert "restricted" in told["dana"]
    assert CANARY in told["val"]


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
