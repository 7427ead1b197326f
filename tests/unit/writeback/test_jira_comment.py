"""One comment on a Jira issue for each alert: looked up, edited in place, never begun twice."""

from datetime import date

import pytest

from syncd.connectors.markers import marked
from syncd.errors import ChangedMeanwhile, DeliveryError
from syncd.interfaces import Mark
from syncd.model.items import ItemKey, Kind
from syncd.model.remarks import DECLINED, FOREIGN
from syncd.testing.notifier_contract import HOSTILE_TEXTS
from syncd.writing import DateEdit, Invitations

from .conftest import INSTANCE, PRINT, TOKEN, note


def comments(sim):
    return sim.issue(sim.key).comments


def of(sim, **more):
    return note(sim.key, sim.native_id, **more)


def test_a_note_is_begun_once_and_edited_in_place(jira, jira_notes):
    writer = jira_notes()
    writer.send(of(jira))
    writer.send(of(jira))
    (one,) = comments(jira)
    assert one.author == "notes"
    assert marked(one.body) == (PRINT, INSTANCE)
    assert "late by 3 working days" in one.body
    writer.send(of(jira, known=True, lines=("It is late by 8 working days now.",)))
    (one,) = comments(jira)
    assert "8 working days" in one.body
    assert one.edited_at
    writer.send(of(jira, known=True, over=True, lines=("This is over.",)))
    (one,) = comments(jira)
    assert "This is over" in one.body


def test_cloud_is_given_a_document_and_data_center_wiki_text(jira, jira_notes):
    jira_notes().send(of(jira))
    (one,) = comments(jira)
    assert (one.document is not None) == jira.cloud


def test_customers_of_a_service_project_are_not_written_to(jira, jira_notes):
    jira_notes().send(of(jira))
    (sent,) = [one for one in jira.requests if one.method == "POST" and "/comment" in one.path]
    internal = {"key": "sd.public.comment", "value": {"internal": True}}
    assert sent.json()["properties"] == [internal]


def test_another_alert_is_another_comment(jira, jira_notes):
    writer = jira_notes()
    writer.send(of(jira))
    writer.send(of(jira, fingerprint="f" * 16))
    assert len(comments(jira)) == 2


def test_what_a_person_deleted_is_not_written_again(jira, jira_notes):
    writer = jira_notes()
    writer.send(of(jira))
    jira.delete_comment(jira.key, comments(jira)[0].id)
    with pytest.raises(DeliveryError, match=DECLINED) as refusal:
        writer.send(of(jira, known=True))
    assert refusal.value.permanent
    assert not comments(jira)


def test_the_end_of_what_never_stood_there_is_not_told(jira, jira_notes):
    jira_notes().send(of(jira, over=True, lines=("This is over.",)))
    assert not comments(jira)


def test_a_note_of_another_instance_is_left_alone_unless_taken_over(jira, jira_notes):
    jira_notes().send(of(jira, instance="deadbeef"))
    before = comments(jira)[0].body
    with pytest.raises(DeliveryError, match=FOREIGN) as refusal:
        jira_notes().send(of(jira))
    assert refusal.value.permanent
    assert "deadbeef" in refusal.value.hint
    assert [one.body for one in comments(jira)] == [before]
    jira_notes(takes_over=("deadbeef",)).send(of(jira, lines=("News.",)))
    (one,) = comments(jira)
    assert marked(one.body) == (PRINT, INSTANCE)


def test_a_forged_mark_of_somebody_else_is_no_note_of_ours(jira, jira_notes):
    jira.comment(jira.key, f"syncd: mine\n\nsyncd:{PRINT}:{INSTANCE}", by="mfox")
    jira_notes().send(of(jira))
    assert [one.author for one in comments(jira)] == ["mfox", "notes"]
    assert "late" in comments(jira)[1].body


@pytest.mark.parametrize("trouble", ["gone", "hidden", "locked", "no right"])
def test_an_issue_that_takes_no_comment_ends_this_message_only(jira, jira_notes, trouble):
    writer = jira_notes()
    message = of(jira)
    if trouble == "gone":
        jira.delete(jira.key)
    elif trouble == "hidden":
        jira.hidden.add(jira.key)
    elif trouble == "locked":
        jira.locked.add(jira.key)
    else:
        jira.writers[TOKEN].rights.discard("ADD_COMMENTS")
    with pytest.raises(DeliveryError) as refusal:
        writer.send(message)
    assert refusal.value.permanent
    assert not refusal.value.operator


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_trouble_of_the_site_or_the_credential_keeps_the_message(jira, jira_notes, status):
    jira.fail("/comment", status=status, times=None)
    writer = jira_notes()
    writer.client.retry = lambda call, *args: call(*args)
    with pytest.raises(DeliveryError) as refusal:
        writer.send(of(jira))
    assert refusal.value.operator is (status in (401, 429))
    assert not refusal.value.permanent
    assert TOKEN not in f"{refusal.value!r} {refusal.value.hint}"


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "3600"}, 3600), ({}, 900)])
def test_a_site_that_asks_to_wait_is_heard(jira, jira_notes, headers, seconds):
    jira.fail("/comment", status=429, headers=headers, times=None)
    writer = jira_notes()
    writer.client.retry = lambda call, *args: call(*args)
    with pytest.raises(DeliveryError) as refusal:
        writer.send(of(jira))
    assert refusal.value.retry_after == seconds


def test_an_answer_that_is_lost_makes_no_second_comment(jira, jira_notes):
    """The site has the comment, we heard nothing: the next try finds it (N12)."""
    jira.fail(lambda request: request.method == "POST", truncate=True, times=1)
    with pytest.raises(DeliveryError) as refusal:
        jira_notes().send(of(jira))
    assert refusal.value.in_doubt
    assert len(comments(jira)) == 1
    jira_notes().send(of(jira))
    assert len(comments(jira)) == 1


def test_a_note_behind_many_comments_is_found(jira, jira_notes):
    jira_notes().send(of(jira))
    for number in range(130):
        jira.comment(jira.key, f"word {number}", by="mfox")
    jira_notes().send(of(jira, lines=("News.",)))
    assert sum(one.author == "notes" for one in comments(jira)) == 1


def test_hostile_text_is_no_markup_and_no_mention(jira, jira_notes):
    from syncd.text import clean_text

    nasty = (*HOSTILE_TEXTS, "[~mfox] {color:red}x{color} !http://a/b.png! h1. *b* _i_ @mfox")
    for number, text in enumerate(nasty):
        line = clean_text(text, 600)
        jira_notes().send(of(jira, fingerprint=f"{number:016x}", lines=(f"It says {line}",)))
    for one in comments(jira):
        if one.document:
            nodes = [node for block in one.document["content"] for node in block["content"]]
            assert {node["type"] for node in nodes} == {"text"}
            assert not any("marks" in node for node in nodes)
        else:
            bare = one.body.replace("\\\\", "")
            for bad in ("[~", "{color", "!http", " *b*", "@mfox", "http://"):
                assert bad not in bare.replace(f"\\{bad[0]}", ""), one.body[:80]


def test_doctor_says_what_lacks_and_what_is_too_much(jira, jira_notes):
    checks = list(jira_notes().check())
    assert {one.mark for one in checks} == {Mark.OK, Mark.NOTE}
    assert "shows notes" in checks[-1].text
    jira.writers[TOKEN].rights = {"BROWSE_PROJECTS", "ADMINISTER_PROJECTS", "DELETE_ISSUES"}
    marks = {one.mark: one for one in jira_notes().check()}
    assert marks[Mark.FAILED].exit_code == 4
    assert "Add Comments" in marks[Mark.FAILED].text
    assert "Delete Issues" in marks[Mark.WARNING].text
    assert marks[Mark.FAILED].fix


def test_doctor_wants_the_rights_to_edit_dates_only_of_who_edits_them(jira, jira_notes):
    given = jira.writers[TOKEN].rights
    told = {one.mark: one.text for one in jira_notes(edits_dates=True).check()}
    assert "lacks Edit Issues, Schedule Issues" in told[Mark.FAILED]
    given |= {"EDIT_ISSUES", "SCHEDULE_ISSUES"}
    assert {one.mark for one in jira_notes(edits_dates=True).check()} == {Mark.OK, Mark.NOTE}
    told = {one.mark: one.text for one in jira_notes().check()}
    assert "more than it needs: Edit Issues, Schedule Issues" in told[Mark.WARNING]


def edit_of(sim, before, after, **more):
    key = ItemKey("jira", Kind.ISSUE, sim.native_id)
    fields = {"item": key, "ref": sim.key, "scope": "PAY", "field": "due"} | more
    return DateEdit(before=before, after=after, **fields)


def test_a_date_is_changed_only_where_it_is_still_what_was_shown(jira, jira_notes):
    jira.writers[TOKEN].rights |= {"EDIT_ISSUES"}
    writer = jira_notes(edits_dates=True)
    due = lambda: jira.issue(jira.key).due  # noqa: E731
    writer.edit(edit_of(jira, due(), date(2026, 12, 11)), invitations=Invitations.NONE)
    assert due() == date(2026, 12, 11)
    edit = edit_of(jira, date(2026, 12, 2), date(2026, 12, 18))
    with pytest.raises(ChangedMeanwhile, match="2026-12-11"):
        writer.edit(edit, invitations=Invitations.NONE)
    assert due() == date(2026, 12, 11)


def test_a_field_of_the_site_and_a_release_are_changed_too(jira, jira_notes):
    jira.writers[TOKEN].rights |= {"EDIT_ISSUES", "ADMINISTER_PROJECTS"}
    writer = jira_notes(edits_dates=True)
    jira.edit(jira.key, by="mfox", target_end=date(2026, 12, 4))
    edit = edit_of(jira, date(2026, 12, 4), date(2026, 12, 8), field="target_end")
    writer.edit(edit, invitations=Invitations.NONE)
    assert jira.issue(jira.key).target_end == date(2026, 12, 8)
    version = jira.add_version("PAY", "2.0", release=date(2026, 12, 4))
    edit = edit_of(
        jira, date(2026, 12, 4), date(2026, 12, 11),
        item=ItemKey("jira", Kind.MILESTONE, f"version-{version}"), ref="PAY 2.0", field="release",
    )  # fmt: skip
    writer.edit(edit, invitations=Invitations.NONE)
    assert jira.versions[version].release == date(2026, 12, 11)
