"""One comment on a GitHub issue or pull request for each alert; nobody is called by it."""

from datetime import date

import pytest
from app_key import app_key
from pydantic import ValidationError

from syncd.errors import ChangedMeanwhile, DeliveryError
from syncd.interfaces import Mark
from syncd.model.items import ItemKey, Kind
from syncd.model.remarks import DECLINED, FOREIGN
from syncd.testing.notifier_contract import HOSTILE_TEXTS
from syncd.text import clean_text
from syncd.writing import DateEdit, Invitations

from .conftest import INSTANCE, PRINT, TOKEN, note

REPO = "acme/ledger"


def comments(sim, ref=None):
    return [one for one in sim.item(ref or sim.ref).events if one.kind == "commented"]


def of(sim, **more):
    more = {"kind": Kind.ISSUE, "scope": REPO} | more
    return note(sim.ref, sim.native_id, more.pop("kind"), source="github", **more)


def test_a_note_is_begun_once_and_edited_in_place(github, github_notes):
    writer = github_notes()
    writer.send(of(github))
    writer.send(of(github))
    assert sum(request.method in ("POST", "PATCH") for request in github.requests) == 1
    writer.send(of(github, known=True, lines=("8 working days late.",)))
    writer.send(of(github, known=True, over=True, lines=("This is over.",)))
    (one,) = comments(github)
    assert "This is over" in one.data["text"]
    assert one.data["text"].endswith(f"<!-- syncd:{PRINT}:{INSTANCE} -->")


def test_a_pull_request_is_written_on_as_well(github, github_notes):
    ref = github.open_pull(REPO, "A change", head="change")
    native_id = str(github.item(ref).pull_id)
    github_notes().send(note(ref, native_id, Kind.PULL_REQUEST, source="github", scope=REPO))
    assert len(comments(github, ref)) == 1


def test_what_a_person_deleted_is_not_written_again(github, github_notes):
    writer = github_notes()
    writer.send(of(github))
    github.delete_comment(github.ref, comments(github)[0].id)
    with pytest.raises(DeliveryError, match=DECLINED):
        writer.send(of(github, known=True))
    assert not comments(github)


def test_a_note_of_another_instance_is_left_alone(github, github_notes):
    github_notes().send(of(github, instance="deadbeef"))
    with pytest.raises(DeliveryError, match=FOREIGN):
        github_notes().send(of(github))
    assert len(comments(github)) == 1


def test_an_answer_that_is_lost_makes_no_second_comment(github, github_notes):
    github.fail(lambda request: request.method == "POST", reset=False, truncate=True, times=1)
    with pytest.raises(DeliveryError) as refusal:
        github_notes().send(of(github))
    assert refusal.value.in_doubt
    github_notes().send(of(github))
    assert len(comments(github)) == 1


@pytest.mark.parametrize("trouble", ["gone", "transferred", "another", "locked", "no right"])
def test_an_item_that_takes_no_comment_ends_this_message_only(github, github_notes, trouble):
    message = of(github)
    if trouble == "gone":
        github.delete(github.ref)
    elif trouble == "transferred":
        github.add_repo("acme/api")
        github.transfer(github.ref, "acme/api")
    elif trouble == "another":
        message = note(github.ref, "999999", source="github", scope=REPO)
    elif trouble == "locked":
        github.item(github.ref).locked = True
    else:
        github.tokens[TOKEN].writes = ()
    with pytest.raises(DeliveryError) as refusal:
        github_notes().send(message)
    assert refusal.value.permanent
    assert not any(
        event.kind == "commented"
        for repo in github.repos.values()
        for item in repo.items.values()
        for event in item.events
    )


def test_nothing_is_written_where_everybody_can_read_it(github, github_notes):
    ref = github.open_issue("acme/site", "A page", by="dana")
    native_id = str(github.item(ref).id)
    message = note(ref, native_id, source="github", scope="acme/site")
    with pytest.raises(DeliveryError, match=r"public.*notifiers\.notes\.public = true"):
        github_notes().send(message)
    assert not comments(github, ref)
    github_notes(public=True).send(message)
    assert len(comments(github, ref)) == 1


def test_nobody_is_mentioned_and_no_item_is_referred_to(github, github_notes):
    other = github.open_issue(REPO, "Schema", by="dana")
    nasty = (
        *HOSTILE_TEXTS, "closes #2 fixes acme/ledger#2 GH-2 @dana @acme/core",
        f"{github.url.removesuffix('/api/v3')}/acme/ledger/issues/2 https://github.com/acme/x/pull/2",
    )  # fmt: skip
    for number, text in enumerate(nasty):
        line = clean_text(text, 600)
        github_notes().send(of(github, fingerprint=f"{number:016x}", lines=(f"It says {line}",)))
    for one in comments(github):
        text = one.data["text"]
        assert "@dana" not in text
        assert "#2" not in text
        assert "GH-2" not in text.replace("\\", "")
        assert "https://" not in text
        assert "<script" not in text.replace("\\<", "")
        assert "[link](" not in text
    assert not [one for one in github.item(other).events if one.kind == "cross-referenced"]


def test_the_token_must_be_that_of_the_account_whose_comments_do_not_count(github, github_notes):
    with pytest.raises(DeliveryError, match='is that of "notes", not of "somebody"') as refusal:
        github_notes(account="somebody").send(of(github))
    assert refusal.value.operator
    with pytest.raises(ValidationError, match="account is missing"):
        github_notes(account="")


def test_doctor_says_what_lacks_and_what_is_too_much(github, github_notes):
    checks = list(github_notes().check())
    (public,) = [one for one in checks if one.mark is Mark.WARNING]
    assert "acme/site is public" in public.text
    github.tokens[TOKEN].scopes = "repo"
    texts = [one.text for one in github_notes().check() if one.mark is Mark.WARNING]
    assert any("classic token" in text for text in texts)
    del github.tokens[TOKEN]
    (failed,) = [one for one in github_notes().check() if one.mark is Mark.FAILED]
    assert failed.exit_code == 4
    assert failed.fix == "renew the secret of notifiers.notes, then: syncd doctor"


@pytest.fixture
def app():
    credential = {"app_id": 5, "installation_id": 17, "private_key": app_key()}
    return credential | {"token": None, "account": ""}


def test_an_app_edits_its_own_comment_in_place(github, github_notes, app):
    github.add_app(17, TOKEN, issues="write", pull_requests="write")
    github.tokens[TOKEN].login = "syncd[bot]"
    writer = github_notes(**app)
    writer.send(of(github))
    writer.send(of(github, known=True, lines=("8 working days late.",)))
    (one,) = comments(github)
    assert "8 working days late" in one.data["text"]
    exchanges = [one.json() for one in github.requests if one.path.endswith("/access_tokens")]
    assert exchanges[-1]["permissions"] == {
        "issues": "write", "metadata": "read", "pull_requests": "write",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "marks"),
    [
        ({"issues": "write", "pull_requests": "write"}, []),
        ({"issues": "write"}, [(Mark.FAILED, "the App lacks: pull_requests: write")]),
        (
            {"issues": "write", "pull_requests": "write", "contents": "write"},
            [(Mark.WARNING, "the App may do more than it needs: contents: write")],
        ),
    ],
)
def test_doctor_says_what_an_app_lacks_and_what_is_too_much(
    github, github_notes, app, given, marks
):
    github.add_app(17, TOKEN, **given)
    checks = list(github_notes(repos=(REPO,), **app).check())
    said = [(one.mark, one.text) for one in checks]
    assert [one for one in said if one[0] in (Mark.WARNING, Mark.FAILED)] == marks


def test_a_milestone_is_moved_only_where_it_still_says_what_was_shown(github, github_notes):
    made = github.add_milestone(REPO, "2.0", due=date(2026, 12, 4))
    edit = DateEdit(
        item=ItemKey("github", Kind.MILESTONE, str(made.id)), ref=f"{REPO} milestone {made.number}",
        scope=REPO, field="due", before=date(2026, 12, 4), after=date(2026, 12, 11),
    )  # fmt: skip
    writer = github_notes(edits_dates=True)
    writer.edit(edit, invitations=Invitations.NONE)
    assert made.due == date(2026, 12, 11)
    with pytest.raises(ChangedMeanwhile, match="2026-12-11"):
        writer.edit(edit, invitations=Invitations.NONE)
    assert made.due == date(2026, 12, 11)
