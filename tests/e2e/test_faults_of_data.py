"""What providers do with their data between and during pulls, against the whole application.

Odd answers that mean the same; renames, moves, deletions and hidden items; credentials that are
replaced or die on the way; clocks, zones and sizes that nobody expects.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from silent import Silent
from stage import (
    EDITED,
    GITHUB_TOKEN,
    PLAN,
    POINTS,
    PRIMED,
    REPO,
    RUNS,
    SCOPES,
    Case,
    Installation,
    Seen,
    World,
    altering,
    answering,
    caught_up,
    day,
    first_page,
    is_list,
    keep_secret,
    kept,
    later_pages,
    lives,
    mails,
    run,
    said,
)  # fmt: skip

from syncd import plugins
from syncd.checking import checks_of
from syncd.demo.simulators.server import Answer, Request
from syncd.errors import (
    AuthError,
    NotVisible,
    RateLimited,
    SourceEmptied,
    UnexpectedAnswer,
)
from syncd.interfaces import Mark
from syncd.model.alerts import Reason
from syncd.model.items import Issue, ItemKey, Kind, Phase
from syncd.model.snapshot import Scope
from syncd.settings import load

pytestmark = pytest.mark.usefixtures("mended")

APART = timedelta(minutes=61)
"""After which a second listing counts."""


@dataclass
class Own:
    """Providers and an installation that one test has for itself; all is read, nobody edits."""

    world: World
    place: Installation
    before: Seen

    def run(self, now: datetime) -> Seen:
        self.world.at(now)
        return run(self.place, now)

    def listed(self, now: datetime) -> Seen:
        """A run before which everything was listed."""
        self.world.at(now)
        with self.place.open(now, ()) as app:
            app.pull((), now, progress=Silent(), full=True)
        return run(self.place, now)

    def is_whole(self, seen: Seen, now: datetime) -> bool:
        """Whether it knows what somebody reads who never read before."""
        folder = self.place.folder / "fresh"
        shutil.copytree(self.place.folder / "secrets", folder / "secrets")
        shutil.copy(self.place.folder / "syncd.toml", folder)
        fresh = Installation(folder, load(folder / "syncd.toml", {}, catalog=plugins))
        assert told(seen) == told(run(fresh, now))
        return not seen.invisible


def told(seen: Seen) -> dict:
    """Items without who moved a date of an event or milestone, and when: no provider tells that."""
    return {
        key: replace(item, claims=tuple(replace(c, set_at=None, set_by=None) for c in item.claims))
        if key.kind in (Kind.MILESTONE, Kind.EVENT)
        else item
        for key, item in seen.items.items()
    }


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    world = World()
    world.write(tmp_path)
    place = Installation(tmp_path, load(tmp_path / "syncd.toml", {}, catalog=plugins))
    run(place, PRIMED)
    world.at(PRIMED + timedelta(minutes=15))
    yield Own(world, place, run(place, PRIMED + timedelta(minutes=15)))
    world.close()


def rows_of(answer: Answer) -> list:
    body = answer.body
    if isinstance(body, list):
        return body
    return body["issues"] if "issues" in body else body["items"]


def with_rows(change: Callable[[list], list]) -> Callable[[Answer], Answer]:
    def changed(answer: Answer) -> Answer:
        rows, body = change(rows_of(answer)), answer.body
        if isinstance(body, list):
            return replace(answer, body=rows)
        return replace(answer, body={**body, "issues" if "issues" in body else "items": rows})

    return changed


def decorated(value):
    """With fields that nobody has described yet, in every object."""
    if isinstance(value, dict):
        inside = {name: decorated(each) for name, each in value.items()}
        return {**inside, "aNewField": {"of": ["a kind", 1, None]}}
    return [decorated(each) for each in value] if isinstance(value, list) else value


SAME = {
    "bytes of no type": lambda answer: replace(answer, body=answer.encoded()[0]),
    "called a web page": lambda answer: replace(answer, body=answer.encoded()[0].decode()),
    "every row twice": with_rows(lambda rows: [*rows, *rows]),
    "rows backwards": with_rows(lambda rows: rows[::-1]),
    "unknown fields": with_rows(decorated),
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", SAME)
def test_an_answer_that_means_the_same_does_the_same(stage, name, point, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        altering(SAME[name])(simulator, POINTS[point](source))
    seen = run(place, RUNS[0])
    twin = stage.twin[0]
    assert seen.report.exit_code == 0
    assert not any(report.problems for report in seen.report.sources)
    assert (seen.items, seen.history, seen.cursors) == (twin.items, twin.history, twin.cursors)
    assert (lives(seen), mails(seen)) == (lives(twin), mails(twin))


def deep(rows: list) -> list:
    value: list = []
    for _ in range(900):
        value = [value]
    return [{**each, "aNewField": value} for each in rows]


ODD = {
    "UTF-16": lambda answer: replace(answer, body=answer.encoded()[0].decode().encode("utf-16")),
    "900 levels": with_rows(deep),
}


@pytest.mark.parametrize("name", ODD)
def test_an_answer_that_is_hard_to_read_is_read_or_refused_whole(stage, name, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        altering(ODD[name])(simulator, first_page(source))
    seen = run(place, RUNS[0])
    for report in seen.report.sources:
        assert not report.problems
        assert {type(error) for error in report.failures} <= {UnexpectedAnswer}
        if report.failures:
            kept(seen, stage, report.source, Case(answering(0), UnexpectedAnswer, ""), RUNS[0])
    assert not [record for record in caplog.records if record.exc_info]
    for simulator in stage.world.by_name.values():
        simulator.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


def test_a_wait_of_more_than_a_day_is_one_day(stage, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        answering(429, None, Retry_After="864000")(simulator, first_page(source))
    seen = run(place, RUNS[0])
    for report in seen.report.sources:
        (error,) = report.failures
        assert isinstance(error, RateLimited)
        said = "asked to wait for 10 days, which counts as 24 h"
        assert said in str(error), "the operator is not told how long"
    assert {one.retry_at for one in seen.fresh.values()} == {RUNS[0] + timedelta(days=1)}
    for simulator in stage.world.by_name.values():
        simulator.mend()
    later = RUNS[0] + timedelta(days=1, minutes=1)
    stage.world.at(later)
    assert run(place, later).report.exit_code == 0


@pytest.mark.parametrize(
    ("words", "wait"),
    [("You have exceeded a secondary rate limit.", 60.0), ("API rate limit exceeded", None)],
)
def test_a_limit_that_github_tells_with_403_is_not_a_missing_right(stage, words, wait, tmp_path):
    place, github = stage.install(tmp_path), stage.world.github
    stage.world.at(RUNS[0])
    reset = RUNS[0] + timedelta(minutes=10)
    told = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{reset.timestamp():.0f}"}
    github.fail("/issues", status=403, body={"message": words}, headers={} if wait else told)
    seen = run(place, RUNS[0])
    (error,) = next(each for each in seen.report.sources if each.source == "github").failures
    assert isinstance(error, RateLimited)
    assert error.retry_at == (RUNS[0] + timedelta(seconds=wait) if wait else reset)
    waits = place.waits["github"]
    assert all(each >= 60 for each in waits)
    assert bool(waits) is bool(wait)


# Credentials


def moment_of(source: str, point: str, act: Callable[[], None]) -> Callable[[Request], bool]:
    """A fault that is none: acts once when that page is asked for, before it is answered."""
    when, done = POINTS[point](source), []

    def picks(request: Request) -> bool:
        if when(request) and not done:
            done.append(request)
            act()
        return False

    return picks


def replace_credential(world: World, source: str) -> Callable[[Path], None]:
    """Let the old credential die; gives what writes the new one where it is configured."""
    if source == "jira":
        world.jira.token = "a-new-jira-token"
        return lambda folder: keep_secret(folder, "jira", "a-new-jira-token")
    if source == "github":
        world.github.revoke(GITHUB_TOKEN)
        world.github.add_token("a-new-github-token", "dli")
        return lambda folder: keep_secret(folder, "github", "a-new-github-token")
    world.calendar.sign_in.forget_tokens()
    world.calendar.sign_in.email = "another@simulated.iam.gserviceaccount.example"
    return lambda folder: keep_secret(folder, "calendar", world.calendar.service_account())


@pytest.mark.parametrize("point", POINTS)
def test_credentials_that_are_replaced_while_we_read_are_taken_up(own, point, caplog):
    caplog.set_level(logging.DEBUG)
    own.world.go_on()
    own.world.at(RUNS[0])
    for source, simulator in own.world.by_name.items():
        simulator.fail(
            moment_of(
                source, point,
                lambda s=source: replace_credential(own.world, s)(own.place.folder),
            )
        )  # fmt: skip
    seen = run(own.place, RUNS[0], as_built=True)
    assert seen.report.exit_code == 0
    assert own.is_whole(seen, RUNS[0])
    secrets = ("a-new-jira-token", "a-new-github-token", *own.world.secrets)
    assert not [each for each in secrets if each in caplog.text]


@pytest.mark.parametrize("point", POINTS)
def test_credentials_that_die_while_we_read_move_nothing(own, point, caplog):
    caplog.set_level(logging.DEBUG)
    own.world.go_on()
    own.world.at(RUNS[0])
    mending: list[Callable[[Path], None]] = []
    for source, simulator in own.world.by_name.items():
        die = moment_of(
            source, point, lambda s=source: mending.append(replace_credential(own.world, s))
        )
        simulator.fail(die)
    seen = run(own.place, RUNS[0], as_built=True)
    assert seen.report.exit_code == 4
    for report in seen.report.sources:
        (error,) = report.failures
        assert isinstance(error, AuthError), report
        assert error.hint
    assert seen.cursors == own.before.cursors
    assert seen.invisible == frozenset()
    assert own.before.items.keys() <= seen.items.keys()
    assert all(one.failing_since for one in seen.fresh.values())
    for mend in mending:
        mend(own.place.folder)
    settings = load(own.place.folder / "syncd.toml", {}, catalog=plugins)
    own.place = Installation(own.place.folder, settings)
    assert own.is_whole(own.run(RUNS[1]), RUNS[1])
    assert not [each for each in own.world.secrets if each in caplog.text]


@pytest.mark.parametrize("point", POINTS)
def test_empty_answers_to_a_dead_credential_are_not_believed(own, point):
    """Jira can be set up to answer a bad token like a stranger: 200, and nothing to see."""
    own.world.go_on()
    own.world.at(RUNS[0])
    token = own.world.jira.token

    def die() -> None:
        own.world.jira.anonymous_reads, own.world.jira.token = True, "another"

    own.world.jira.fail(moment_of("jira", point, die))
    seen = own.run(RUNS[0])
    (error,) = next(each for each in seen.report.sources if each.source == "jira").failures
    assert isinstance(error, AuthError)
    assert seen.report.exit_code == 4
    assert seen.cursors[Scope("jira", "LED")] == own.before.cursors[Scope("jira", "LED")]
    assert seen.cursors[Scope("jira", "PAY")] == own.before.cursors[Scope("jira", "PAY")]
    assert seen.invisible == frozenset()
    own.world.jira.token = token
    own.world.jira.mend()
    assert own.is_whole(own.run(RUNS[1]), RUNS[1])


# What a listing lacks


def test_a_listing_that_is_suddenly_empty_is_held(own):
    """In full pulls, where absence means something: nothing at all, and far fewer."""
    for source in SCOPES:
        for number in range(12):
            add(own.world, source, f"More {number}")
    before = own.run(RUNS[0])
    assert before.report.exit_code == 0
    for name, fewer in (("nothing", 0), ("far fewer", 5)):
        for source, simulator in own.world.by_name.items():
            hide_most(simulator, source, fewer)
        now = RUNS[1] + timedelta(hours=2 * bool(fewer))
        own.world.at(now)
        with own.place.open(now, ()) as app:
            reports = app.pull((), now, progress=Silent(), full=True)
            snapshot = app.store.snapshot(now)
        for report in reports:
            assert {type(error) for error in report.failures} == {SourceEmptied}, (name, report)
            assert all("--accept-loss" in error.hint for error in report.failures)
        assert snapshot.invisible == frozenset()
        for simulator in own.world.by_name.values():
            simulator.mend()
    after = own.listed(RUNS[1] + timedelta(hours=4))
    assert after.report.exit_code == 0
    assert after.items.keys() == before.items.keys()


def add(world: World, source: str, title: str) -> None:
    if source == "jira":
        for project in SCOPES["jira"]:
            world.jira.add_issue(project, title, by="rosei")
    elif source == "github":
        world.github.open_issue(REPO, title)
        world.github.now += timedelta(seconds=2)
    else:
        world.calendar.add_event(PLAN, title, day(9))


def hide_most(simulator, source: str, fewer: int) -> None:
    """The lists end after so many rows, as those of an account with fewer rights do."""
    shown: list = []

    def shorter(answer: Answer) -> Answer:
        rows = rows_of(answer) if len(shown) < fewer else []
        shown.extend(rows)
        answer = with_rows(lambda _: rows)(answer)
        if isinstance(answer.body, dict) and len(shown) >= fewer:
            ended = {k: v for k, v in answer.body.items() if k != "nextPageToken"}
            mark = {"isLast": True} if source == "jira" else {"nextSyncToken": "1"}
            return replace(answer, body={**ended, **mark})
        headers = {} if len(shown) >= fewer else answer.headers
        return replace(answer, headers=headers)

    simulator.fail(lambda request: is_list(source, request), change=shorter)


def vanish(world: World, source: str) -> str:
    """An item is not there any more, without a word; gives its native id."""
    if source == "jira":
        native_id = world.jira.issue("PAY-2").id
        world.jira.delete("PAY-2")
    elif source == "github":
        native_id = str(world.github.item(f"{REPO}#2").id)
        world.github.delete(f"{REPO}#2")
    else:
        native_id = world.events["Ledger launch"]
        held = world.calendar.calendars[PLAN]
        del held.events[native_id], held.edits[native_id]
    return native_id


def decided(seen: Seen) -> set[tuple[str, str]]:
    """What was opened, ended or taken up again; that old trouble gets older is not news here."""
    reasons = (Reason.OPENED, Reason.REOPENED, Reason.CLEARED, Reason.NO_LONGER_VISIBLE)
    return {
        (str(one.reason), one.alert.finding.summary)
        for one in seen.report.transitions
        if one.reason in reasons and one.alert.finding.rule != "source-stale"
    }


def test_what_disappears_is_first_not_visible_and_an_hour_later_gone(own):
    vanished = {vanish(own.world, source) for source in SCOPES}
    keys = {key for key in own.before.items if key.native_id in vanished}
    assert len(keys) == len(SCOPES)
    first = own.listed(RUNS[0])
    assert first.invisible == keys
    assert keys <= first.items.keys()
    assert decided(first) == set(), "something was decided by an absence"
    again = own.listed(RUNS[0] + timedelta(minutes=5))
    assert again.invisible == keys, "two listings of one moment are one"
    later = RUNS[0] + APART + timedelta(minutes=5)
    second = own.listed(later)
    (deleted,) = keys & second.items.keys()
    assert second.items[deleted].status == "cancelled", "plans may hang on a deleted event"
    assert not second.invisible
    left = {key: item for key, item in second.items.items() if key != deleted}
    assert own.is_whole(replace(second, items=left), later)


def hide(world: World, source: str, *, whole: bool) -> Callable[[], None]:
    """Take a right away from our account; gives what gives it back."""
    if source == "jira":
        hidden = {"PAY"} if whole else {"PAY-1"}
        world.jira.hidden |= hidden
        return world.jira.hidden.clear
    if source == "github":
        token = world.github.tokens[GITHUB_TOKEN]
        token.repos = ()
        return lambda: setattr(token, "repos", None)
    held = world.calendar.calendars[PLAN]
    held.role = "none" if whole else "freeBusyReader"
    return lambda: setattr(held, "role", "reader")


def test_scopes_hidden_from_us_and_shown_again_are_no_news(own):
    back = [hide(own.world, source, whole=True) for source in SCOPES]
    for now in (RUNS[0], RUNS[0] + APART):
        seen = own.listed(now)
        assert seen.report.exit_code == 3
        for report in seen.report.sources:
            (error,) = report.failures
            assert isinstance(error, NotVisible), report
            assert "cannot tell which" in str(error)
        assert seen.items.keys() == own.before.items.keys()
        assert seen.invisible == frozenset()
        assert decided(seen) == set()
    for undo in back:
        undo()
    shown = own.listed(RUNS[0] + 2 * APART)
    assert shown.report.exit_code == 0
    assert decided(shown) == set()
    assert states(shown) == states(own.before)
    assert own.is_whole(shown, RUNS[0] + 2 * APART)


def states(seen: Seen) -> dict[str, str]:
    return {name: str(alert[0]) for name, alert in lives(seen).items()}


def test_an_issue_put_behind_a_security_level_and_back_is_no_news(own):
    key = next(k for k, item in own.before.items.items() if getattr(item, "ref", "") == "PAY-1")
    back = hide(own.world, "jira", whole=False)
    hidden = own.listed(RUNS[0])
    assert hidden.invisible == {key}
    assert decided(hidden) == set()
    back()
    shown = own.listed(RUNS[1])
    assert shown.invisible == frozenset()
    assert shown.items == own.before.items
    assert decided(shown) == set()
    assert states(shown) == states(own.before)


def test_a_calendar_that_shows_busy_times_only_keeps_its_titles(own):
    back = hide(own.world, "calendar", whole=False)
    seen = own.run(RUNS[0])
    (error,) = next(each for each in seen.report.sources if each.source == "calendar").failures
    assert isinstance(error, NotVisible)
    assert "busy times only" in str(error)
    assert seen.items == own.before.items
    back()
    assert own.run(RUNS[1]).report.exit_code == 0


# Names and positions


def test_a_repository_renamed_while_we_read_keeps_its_identities(own):
    own.world.go_on()
    own.world.at(RUNS[0])
    rename = moment_of(
        "github", "middle of paging", lambda: own.world.github.rename_repo(REPO, "acme/books")
    )
    own.world.github.fail(rename)
    seen = own.run(RUNS[0])
    assert seen.report.exit_code == 0
    own.world.github.mend()
    renamed = own.run(RUNS[1])
    assert renamed.report.exit_code == 0
    assert renamed.items.keys() == own.before.items.keys()
    issue = next(each for each in renamed.items.values() if each.ref == "acme/books#1")
    assert f"{REPO}#1" in issue.aliases
    assert not [each for each in renamed.items.values() if each.ref.startswith(REPO)]
    assert renamed.news("github", concerns=True) == set()


def test_an_issue_moved_to_another_project_keeps_its_alerts(own):
    moved = next(item for item in own.before.items.values() if item.ref == "PAY-1")
    own.world.at(EDITED)
    new = own.world.jira.move("PAY-1", "LED", by="rosei")
    seen = own.run(RUNS[0])
    now = seen.items[moved.key]
    assert (now.ref, now.scope) == (new, "LED")
    assert "PAY-1" in now.aliases
    listed = own.listed(RUNS[1])
    assert listed.items.keys() == own.before.items.keys()
    assert listed.invisible == frozenset()
    about = {f: s for f, s in states(own.before).items() if concerns(own.before, f, moved.key)}
    assert about
    assert {f: states(listed)[f] for f in about} == about


def concerns(seen: Seen, fingerprint: str, key: ItemKey) -> bool:
    return seen.alerts[fingerprint].finding.subject == str(key)


@pytest.mark.parametrize("point", POINTS)
def test_a_sync_token_that_expires_reads_all_again_and_loses_nothing(own, point):
    calendar = own.world.calendar
    own.world.go_on()
    own.run(RUNS[0])
    calendar.move_event(PLAN, own.world.events["Party"], day(4))
    calendar.move_event(PLAN, own.world.events["Off-site"], day(3))
    calendar.move_event(PLAN, own.world.events["Checkout launch"], day(19))
    calendar.move_event(PLAN, own.world.events["Ledger launch"], day(9) + timedelta(days=1))
    expire = moment_of("calendar", point, lambda: calendar.expire_sync_tokens(PLAN))
    calendar.fail(expire)
    seen = own.run(RUNS[1])
    assert seen.report.exit_code == 0
    assert own.is_whole(seen, RUNS[1])


@pytest.mark.parametrize("source", ["jira", "calendar"])
def test_a_page_token_that_expires_is_a_failure_of_that_run_only(stage, source, tmp_path):
    place, simulator = stage.install(tmp_path), stage.world.by_name[source]
    stage.world.at(RUNS[0])
    said_so = {"errorMessages": ["The next page token is not valid."]}
    simulator.fail(later_pages(source), status=400, body=said_so)
    seen = run(place, RUNS[0])
    said(seen, Case(answering(0), UnexpectedAnswer, "unexpected answer 400"), source)
    kept(seen, stage, source, Case(answering(0), UnexpectedAnswer, ""), RUNS[0])
    simulator.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


def test_what_is_edited_while_we_page_is_whole_after_the_next_runs(own):
    """Rows shift over the page borders, and a row changes between its two readings."""
    own.world.go_on()
    own.world.at(RUNS[0])
    edits: dict[str, Callable[[], object]] = {
        "jira": lambda: (
            own.world.jira.edit("PAY-1", by="rosei", due=day(13)),
            own.world.jira.delete("LED-1"),
        ),
        "github": lambda: (
            own.world.github.comment(f"{REPO}#1", by="dli"),
            own.world.github.rename(f"{REPO}#4", "Another name"),
        ),
        "calendar": lambda: own.world.calendar.move_event(PLAN, own.world.events["Party"], day(7)),
    }
    for source, simulator in own.world.by_name.items():
        simulator.fail(moment_of(source, "middle of paging", edits[source]))
    seen = own.run(RUNS[0])
    assert seen.report.exit_code == 0, seen.report.sources
    own.listed(RUNS[0] + APART)
    seen = own.listed(RUNS[0] + 2 * APART)
    assert own.is_whole(seen, RUNS[0] + 2 * APART)


# Rows that are not as described


def spoiled(source: str, how: str) -> Callable[[list], list]:
    """One row of each page lacks what each has: it is null, of another type, or not there."""

    def spoil(rows: list) -> list:
        first, *others = rows
        name = {"jira": "fields", "github": "title", "calendar": "start"}[source]
        value = {"null": None, "another type": 17}.get(how)
        changed = {**first, name: value}
        if how == "missing":
            del changed[name]
        return [changed, *others]

    return spoil


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("how", ["null", "missing", "another type"])
def test_one_row_that_is_not_as_described_is_set_aside_and_comes_later(stage, how, point, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        altering(with_rows(lambda rows, s=source: spoiled(s, how)(rows) if rows else rows))(
            simulator, POINTS[point](source)
        )
    seen = run(place, RUNS[0])
    for report in seen.report.sources:
        assert report.failures == ()
        assert report.problems, report.source
    assert stage.before.items.keys() <= seen.items.keys()
    assert seen.invisible == frozenset()
    for simulator in stage.world.by_name.values():
        simulator.mend()
    # What was set aside is read again by a full pull; nothing is known to have changed since.
    stage.world.at(RUNS[-1])
    with place.open(RUNS[-1], ()) as app:
        app.pull((), RUNS[-1], progress=Silent(), full=True)
    after = run(place, RUNS[-1])
    assert after.items == stage.twin[-1].items
    assert not any(one.problems for one in after.fresh.values())


def test_a_status_category_and_kinds_that_nobody_knows_stop_nothing(own):
    own.world.go_on()
    for rest in (own.world.jira, own.world.github, own.world.calendar):
        rest.fail(lambda request: True, change=renamed_kinds)
    seen = own.run(RUNS[0])
    assert seen.report.exit_code == 0
    assert not any(report.problems for report in seen.report.sources)
    assert seen.items.keys() == own.before.items.keys()
    issues = [item for item in seen.items.values() if isinstance(item, Issue)]
    phases = {item.phase for item in issues if item.key.source == "jira"}
    assert phases == {Phase.TODO}, "an unknown status must not look like work that is done"


def renamed_kinds(answer: Answer) -> Answer:
    """Every kind and state is one that no description knows yet."""
    new = {"eventType": "somethingNew", "visibility": "someNewLevel", "transparency": "translucent"}

    def change(value):
        if isinstance(value, list):
            return [change(each) for each in value]
        if not isinstance(value, dict):
            return value
        told = {name: change(each) for name, each in value.items()}
        told |= {name: kind for name, kind in new.items() if name in told}
        if "statusCategory" in told:
            told["name"] = "Simmering"
            told["statusCategory"] = {**told["statusCategory"], "key": "simmering", "name": "?"}
        return told

    return replace(answer, body=change(answer.body))


def test_ten_megabytes_and_ten_thousand_labels_are_cut_and_stop_nothing(own):
    own.world.at(EDITED)
    many = tuple(f"label-{number}" for number in range(10_000))
    huge = "A long story. " * (10 * 1024 * 1024 // 14)
    own.world.jira.edit("PAY-1", by="rosei", description=huge, labels=many)
    own.world.github.edit(f"{REPO}#1", huge)
    own.world.github.item(f"{REPO}#2").labels.extend(many)
    own.world.github.comment(f"{REPO}#2", by="dli")
    own.world.calendar.edit_event(PLAN, own.world.events["Party"], description=huge, summary=huge)
    seen = own.run(RUNS[0])
    assert seen.report.exit_code == 0
    assert not any(report.problems for report in seen.report.sources)
    assert seen.items.keys() == own.before.items.keys()
    with own.place.open(RUNS[0], ()) as app:
        assert app.store.size() < 4 * 1024 * 1024, "the store holds what should have been cut"


# Clocks and zones


@pytest.mark.parametrize("ahead", [timedelta(days=3), timedelta(hours=-30)], ids=str)
def test_a_provider_whose_clock_is_off_loses_no_edit(own, ahead):
    """Cursors are reckoned in the provider's time alone, and what it dates ahead is no less true."""
    own.world.go_on()
    own.world.at(RUNS[0] + ahead)
    own.world.jira.edit("PAY-1", by="rosei", due=day(12))
    own.world.github.comment(f"{REPO}#1", by="dli")
    assert run(own.place, RUNS[0]).report.exit_code == 0
    own.world.at(RUNS[0] + ahead + timedelta(minutes=1))
    own.world.jira.edit("PAY-2", by="rosei", due=day(16))
    own.world.github.rename(f"{REPO}#3", "Edited under the wrong clock")
    own.world.at(RUNS[1] + ahead)
    seen = run(own.place, RUNS[1])
    held = {item.ref: item for item in seen.items.values()}
    dues = [claim.hi for ref in ("PAY-1", "PAY-2") for claim in held[ref].claims]
    assert (dues, held[f"{REPO}#3"].title) == ([day(12), day(16)], "Edited under the wrong clock")
    # What is dated ahead counts from when it was learned, which a new reader does later.
    assert ahead > timedelta() or own.is_whole(seen, RUNS[1])
    for source in own.place.settings.sources:
        (built,) = (each for each in own.place.open_sources() if each.name == source)
        told = [check for check in checks_of(built.build, lambda: RUNS[1]) if "clock" in check.text]
        assert [check.mark for check in told] == [Mark.WARNING], source
        assert "min" in told[0].text


def test_another_zone_or_the_end_of_summer_time_is_no_news(own):
    calendar = own.world.calendar
    held = calendar.calendars[PLAN]
    zone = ZoneInfo("Europe/Berlin")
    held.zone = "Europe/Berlin"
    own.world.at(EDITED)
    # 28 March 2027 has no 02:30 in Berlin; the series goes over that change.
    for moment in (
        datetime(2027, 3, 27, 23, 30, tzinfo=zone),
        datetime(2027, 3, 28, 3, 0, tzinfo=zone),
    ):
        calendar.add_event(PLAN, f"At {moment:%H:%M}", moment)
    calendar.add_event(
        PLAN, "Weekly", datetime(2027, 3, 21, 9, 0, tzinfo=zone), recurrence="FREQ=WEEKLY;COUNT=3"
    )
    before = own.run(RUNS[0])
    weekly = sorted(
        (item for item in before.items.values() if getattr(item, "title", "") == "Weekly"),
        key=lambda item: item.first_day,
    )
    assert [item.start_at.astimezone(UTC).hour for item in weekly] == [8, 7, 7]
    held.zone = "America/Los_Angeles"
    calendar.expire_sync_tokens(PLAN)
    after = own.listed(RUNS[1])
    assert after.news("calendar", concerns=True) == set()
    for key, item in before.items.items():
        if key.source == "calendar" and item.all_day:
            assert (after.items[key].first_day, after.items[key].last_day) == (
                item.first_day, item.last_day,
            )  # fmt: skip
        elif key.source == "calendar":
            assert after.items[key].start_at == item.start_at


def test_a_row_that_cannot_be_told_apart_does_not_make_its_item_gone(own):
    """A listing with a row that has no id names nobody in its place: it is not complete."""

    def nameless(rows: list) -> list:
        return [{k: v for k, v in row.items() if k not in ("id", "key")} for row in rows]

    for now in (RUNS[0], RUNS[0] + APART, RUNS[0] + 2 * APART):
        for source, simulator in own.world.by_name.items():
            simulator.mend()
            altering(with_rows(nameless))(simulator, last_rows(source))
        own.world.at(now)
        with own.place.open(now, ()) as app:
            reports = app.pull((), now, progress=Silent(), full=True)
        assert any(report.problems for report in reports)
        for simulator in own.world.by_name.values():
            simulator.mend()
        seen = run(own.place, now)
        assert seen.items.keys() == own.before.items.keys()
        assert decided(seen) == set()


def last_rows(source: str) -> Callable[[Request], bool]:
    """The page of one row on each provider: the second of a listing."""
    seen: list[Request] = []

    def when(request: Request) -> bool:
        if is_list(source, request):
            seen.append(request)
        return is_list(source, request) and len(seen) == 2

    return when


def test_the_rest_of_a_nearly_used_budget_is_left_to_people(own):
    github = own.world.github
    github.used = github.rate_limit - github.rate_limit // 20
    seen = own.run(RUNS[0])
    nearly = next(each for each in seen.report.sources if each.source == "github")
    assert "that rest is for people" in str(nearly.failures[0])
    assert not any(one.failing_since for one in seen.fresh.values())
    before = len(github.requests)
    seen = own.run(RUNS[0] + timedelta(minutes=5))
    assert len(github.requests) == before, "asked although it was known how little is left"
    assert not any(one.failing_since for one in seen.fresh.values())
    with own.place.open(RUNS[0], ()) as app:
        reports = app.pull((), RUNS[0] + timedelta(minutes=6), progress=Silent())
    assert [each.failures for each in reports] == [(), (), ()], "a person is served"
