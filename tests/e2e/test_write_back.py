"""Notes on items and aligned dates, by the command, on three simulated providers."""

import json
import os
import re
import signal
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.aligning import digest, document, proposal

TOKEN = "simulated-write-token"
NOTES = """
[notifiers.jira_notes]
kind = "jira_comment"
source = "jira"
url = "{url}"
user = "notes@example.invalid"
projects = ["PAY", "LED"]
dry_run = {dry_run}
severity_from = "low"
edits_dates = true
"""


def secret(place, name: str, value: str) -> None:
    path = place.folder / "secrets" / name
    path.write_text(value)
    path.chmod(0o600)


def with_notes(place, *, dry_run: bool = False, more: str = "", **rights) -> None:
    jira = place.jira
    if TOKEN not in jira.writers:
        jira.add_writer(TOKEN, "notes", "ADD_COMMENTS", "EDIT_OWN_COMMENTS", "EDIT_ISSUES",
                        "ADMINISTER_PROJECTS")  # fmt: skip
    text = NOTES.format(url=jira.url, dry_run=str(dry_run).lower())
    place.configure(more=text + more)
    secret(place, "notifiers__jira_notes__token", TOKEN)


def ours(place, key=None):
    return [one for one in place.jira.issue(key or place.api).comments if one.author == "notes"]


def overdue(place) -> None:
    """The API was due some days ago."""
    place.slip(-4)


def test_a_note_is_shown_first_then_written_and_at_the_end_says_so(place):
    with_notes(place, dry_run=True)
    overdue(place)
    assert place.syncd("run").returncode == 0
    assert not ours(place)
    shown = place.syncd("notify", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert f"{place.api} (dry_run: only shown by jira_notes)" in shown.stdout
    assert "Ledger API v2" in shown.stdout
    told = json.loads(place.syncd("-f", "json", "notify", "--dry-run").stdout)
    (entry,) = [one for one in told["messages"] if one["recipient"] == place.api and one["text"]]
    assert entry["only_shown"]
    assert "syncd edits this as things change" in entry["text"]
    assert not ours(place)


def test_the_life_of_a_note(place):
    with_notes(place)
    overdue(place)
    assert place.syncd("run").returncode == 0
    (one,) = ours(place)
    assert one.body.startswith("syncd: ")
    assert place.syncd("run").returncode == 0
    assert [each.edited_at for each in ours(place)] == [None]
    place.slip(15)
    for _ in range(2):
        assert place.syncd("run").returncode == 0
    (one,) = [each for each in ours(place) if "overdue" in each.body]
    assert "This is over since" in one.body


def test_a_kill_between_the_sites_answer_and_our_record_makes_no_second_comment(place, eventually):
    """The comment is there, the process is not: N12."""
    with_notes(place)
    overdue(place)
    running = []

    def kill(answer):
        os.kill(running[0].pid, signal.SIGKILL)
        return answer

    hit = place.jira.fail(
        lambda request: request.method == "POST" and request.path.endswith("/comment"), change=kill
    )
    running.append(place.start("run"))
    assert running[0].wait(180) == -signal.SIGKILL
    assert len(ours(place)) == 1
    place.jira.mend(hit)
    written = [one for one in place.jira.requests if one.method == "POST"
               and one.path.endswith("/comment")]  # fmt: skip
    done = place.syncd("run")
    assert done.returncode == 0, done.stderr
    assert len(ours(place)) == 1
    again = [one for one in place.jira.requests if one.method == "POST"
             and one.path.endswith("/comment")]  # fmt: skip
    assert len(again) == len(written) == 1
    told = json.loads(place.syncd("-f", "json", "status").stdout)
    assert told["mail"]["waiting"] == 0


def test_our_own_comment_is_nobodys_work(place):
    """An issue that stalls goes on stalling after we wrote that it does."""
    with_notes(place, more="[rules.stalled]\nmin_n = 3\n")
    jira, began = place.jira, place.now - timedelta(days=29)

    def begun(title):
        key = jira.add_issue("PAY", title, by="mfox", assignee="mfox", at=began)
        jira.edit(key, by="mfox", at=began + timedelta(hours=1), status="In Progress")
        return key

    for number in range(4):
        done = begun(f"Part {number}")
        jira.edit(done, by="mfox", at=began + timedelta(days=1 + number), status="Done")
    key = begun("Left lying")
    place.touch()
    assert place.syncd("run").returncode == 0

    def stalled():
        found = json.loads(place.syncd("-f", "json", "reconcile").stdout)
        return [one["rule"] for one in found["findings"] if one["ref"] == key]

    assert "stalled" in stalled()
    assert len(ours(place, key)) == 1
    place.touch()
    assert place.syncd("sync", "--full").returncode == 0
    assert "stalled" in stalled()
    jira.comment(key, "I am at it again", by="mfox")
    place.touch()
    assert place.syncd("sync").returncode == 0
    assert "stalled" not in stalled()


def test_the_credential_that_reads_is_refused_for_writing(place):
    with_notes(place)
    secret(place, "notifiers__jira_notes__token", place.jira.token)
    done = place.syncd("config", "validate")
    assert done.returncode == 5
    assert "is the same secret as sources.jira.token" in done.stdout + done.stderr
    assert place.jira.token not in done.stdout + done.stderr
    assert place.syncd("run").returncode == 5


def test_another_instance_is_noticed_and_left_alone(place):
    with_notes(place)
    overdue(place)
    assert place.syncd("run").returncode == 0
    (one,) = ours(place)
    one.body = re.sub(r":[0-9a-f]{8}$", ":deadbeef", one.body)
    if one.document:
        one.document["content"][-1]["content"][0]["text"] = one.body.split("\n\n")[-1]
    state = place.folder / "var"
    state.rename(place.folder / "lost")
    done = place.syncd("run")
    assert done.returncode == 3
    said = " ".join(done.stderr.split())
    assert "not sent: another syncd wrote of this there: instance deadbeef" in said
    assert 'takes_over = ["deadbeef"]' in said
    assert [each.body for each in ours(place)] == [one.body]
    told = place.syncd("status").stdout
    assert "another syncd wrote of this there: instance deadbeef" in " ".join(told.split())


def test_an_issue_that_takes_no_comments_is_told_to_operators_once(place):
    with_notes(place)
    place.jira.locked.add(place.api)
    overdue(place)
    assert place.syncd("run").returncode == 3
    for _ in range(2):
        place.syncd("run")
    told = [one for one in place.postbox.subjects() if "refused" in one]
    assert len(told) == 1
    assert "jira_notes" in told[0]


def aligned(place) -> None:
    """A version, its milestone and its launch that disagree."""
    version = place.jira.add_version("LED", "checkout", release=place.day(20))
    place.version = version
    place.jira.edit(place.api, by="rosei", versions=(version,))
    place.github.add_milestone("acme/ledger", "checkout", due=place.day(15))
    place.github.open_issue("acme/ledger", "Work", milestone="checkout")
    place.touch()
    more = f"""
[deliverables.checkout]
name = "Checkout"
match = ["jira:fixVersion=checkout", "github:milestone=checkout"]
[notifiers.github_notes]
kind = "github_comment"
source = "github"
url = "{place.github.url}"
account = "notes"
repos = ["acme/ledger"]
edits_dates = true
"""
    place.github.add_token("simulated-github-writer", "notes", writes=("issues",))
    with_notes(place, more=more)
    secret(place, "notifiers__github_notes__token", "simulated-github-writer")
    assert place.syncd("sync").returncode == 0


def planned(place, *words):
    done = place.syncd("-f", "json", "align", "plan", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def milestone(place):
    return place.github.milestone("acme/ledger", "checkout")


def test_dates_are_aligned_by_the_edits_that_a_person_picks(place):
    aligned(place)
    made = planned(place, "Checkout")
    (edit,) = made["edits"]
    assert (edit["from"], edit["to"]) == (str(place.day(15)), str(place.day(20)))
    assert edit["ref"] == "acme/ledger milestone 1"
    assert "version is the highest" in edit["because"]
    assert planned(place, "Checkout")["plan"] == made["plan"]
    assert milestone(place).due == place.day(15)
    refused = place.syncd("align", "apply", made["plan"])
    assert refused.returncode == 2
    assert "say which edits to make" in refused.stderr
    assert place.syncd("align", "apply", made["plan"], "--pick", "1").returncode == 2
    place.touch()
    done = place.syncd("align", "apply", made["plan"], "--pick", "1", "--yes", "--by", "dana")
    assert done.returncode == 0, done.stderr
    assert milestone(place).due == place.day(20)
    log = place.syncd("log").stdout
    assert "dana" in log
    assert made["plan"] in log
    assert place.syncd("sync").returncode == 0
    assert planned(place)["edits"] == []


def test_what_changed_since_it_was_shown_is_left_alone_and_the_rest_is_done(place):
    aligned(place)
    made = planned(place, "Checkout", "--to", str(place.day(18)))
    assert {one["item"].split(":")[0] for one in made["edits"]} == {"jira", "github"}
    place.github.set_due("acme/ledger", "checkout", place.day(16))
    done = place.syncd("-f", "json", "align", "apply", made["plan"], "--pick", "all", "--yes")
    assert done.returncode == 3
    results = {one["ref"]: one for one in json.loads(done.stdout)["edits"]}
    assert (
        results["acme/ledger milestone 1"]["error"] == f"changed meanwhile: it says {place.day(16)}"
    )
    assert milestone(place).due == place.day(16)
    assert place.jira.versions[place.version].release == place.day(18)
    acts = json.loads(place.syncd("-f", "json", "log").stdout)["entries"]
    assert [one["act"] for one in acts] == ["align"]


def test_the_reader_may_say_which_tool_is_right(place):
    aligned(place)
    (edit,) = planned(place, "--to", "github")["edits"]
    assert edit["item"].startswith("jira:milestone:")
    assert edit["to"] == str(place.day(15))
    assert place.syncd("align", "plan", "--to", "gihtub").returncode == 2


@pytest.mark.parametrize("how", ["touched", "unknown"])
def test_only_what_was_shown_is_applied(place, how):
    aligned(place)
    made = planned(place)
    path = place.folder / "var" / "align" / f"{made['plan']}.json"
    assert path.stat().st_mode & 0o777 == 0o600
    if how == "touched":
        path.write_text(path.read_text().replace(str(place.day(20)), str(place.day(30))))
    name = made["plan"] if how == "touched" else "00000000"
    done = place.syncd("align", "apply", name, "--pick", "1", "--yes")
    assert done.returncode == 2
    assert milestone(place).due == place.day(15)


def test_a_plan_that_was_kept_until_its_day_was_over_changes_nothing(place):
    aligned(place)
    (one,) = map(proposal, planned(place, "Checkout")["edits"])
    late = replace(one, edit=replace(one.edit, after=place.day(-1)))
    name = digest([late])
    held = {"edits": [document(late)]}
    (place.folder / "var" / "align" / f"{name}.json").write_text(json.dumps(held))
    done = place.syncd("align", "apply", name, "--pick", "1", "--yes")
    assert done.returncode == 1
    assert "that day is over by now" in done.stdout
    assert milestone(place).due == place.day(15)
