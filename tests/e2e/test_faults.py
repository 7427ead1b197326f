"""Every answer a provider should not give, at each point of a pull, against the whole application.

Each case starts from the same store: three sources read to their end, alerts open on each. Then
people go on working, each source misbehaves for three runs, and is well again for a fourth. A twin that
was never disturbed runs at the same times: what it opens, resolves and mails is what the disturbed
one must come to, once, and nothing before its data is whole again.
"""

import gzip
import json
import logging
from datetime import timedelta
from email.utils import format_datetime

import pytest
from stage import (
    GITHUB_TOKEN,
    LOGIN,
    POINTS,
    RUNS,
    SAID,
    SCOPES,
    Case,
    altering,
    answering,
    caught_up,
    cut,
    first_page,
    hits,
    is_list,
    kept,
    later_pages,
    leaks,
    lives,
    run,
    said,
    whole,
    without_list,
)  # fmt: skip

from syncd.demo.simulators.server import Request
from syncd.errors import (
    AuthError,
    NotVisible,
    RateLimited,
    SourceError,
    TooLarge,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.model.snapshot import Scope
from syncd.pulling import ENDS_SOURCE
from syncd.retrying import TRIES

pytestmark = pytest.mark.usefixtures("mended")

BOMB = gzip.compress(bytes(33 * 1024 * 1024))

FAULTS = {
    "login page": Case(answering(200, LOGIN), UnexpectedAnswer, "web page: login or proxy?"),
    "invalid JSON": Case(answering(200, b'{"issues": [}'), UnexpectedAnswer, "not JSON"),
    "truncated JSON": Case(altering(cut), UnexpectedAnswer, "not JSON"),
    "no body": Case(answering(200, b""), UnexpectedAnswer, "0 bytes that are not JSON"),
    "no list": Case(altering(without_list), UnexpectedAnswer, "list"),
    "401": Case(answering(401, SAID), AuthError, "refused", exit_code=4),
    "403": Case(answering(403, SAID), NotVisible, "not allowed (403)"),
    "404": Case(answering(404, SAID), NotVisible, "renamed, deleted, or no right"),
    "429 for two minutes": Case(
        answering(429, SAID, Retry_After="120"), RateLimited, "for 120 s (429)", waits=True
    ),
    "429 without a hint": Case(
        answering(429, SAID), RateLimited, "without saying how long", tries=TRIES, waits=True
    ),
    "500": Case(answering(500, SAID), Unavailable, "the server failed (500)", tries=TRIES),
    "503": Case(answering(503, LOGIN), Unavailable, "the server failed (503)", tries=TRIES),
    "cut off": Case(
        lambda simulator, when: simulator.fail(when, truncate=True),
        Unavailable, "broke off in the middle of its answer", tries=TRIES,
    ),
    "reset": Case(
        lambda simulator, when: simulator.fail(when, reset=True),
        Unavailable, "reset the connection", tries=TRIES,
    ),
    "another host": Case(
        answering(302, b"", Location="http://127.0.0.2:9/login"), UnexpectedAnswer,
        "redirects to http://127.0.0.2:9; refused",
    ),
    "another port": Case(
        answering(302, b"", Location="http://127.0.0.1:9/login"), UnexpectedAnswer,
        "redirects to http://127.0.0.1:9; refused",
    ),
    "another scheme": Case(
        lambda simulator, when: simulator.fail(
            when, status=301, headers={"Location": simulator.origin.replace("http:", "https:")}
        ),
        UnexpectedAnswer, "refused, since the credential",
    ),
    "403 until a date": Case(
        lambda simulator, when: simulator.fail(
            when, status=403, body=SAID,
            headers={"Retry-After": format_datetime(simulator.now + timedelta(minutes=3), usegmt=True)},
        ),
        RateLimited, "for 180 s (403)", waits=True,
    ),
    "429 with a senseless hint": Case(
        answering(429, SAID, Retry_After="soon"), RateLimited,
        "without saying how long", tries=TRIES, waits=True,
    ),
    "429 with a hint below zero": Case(
        answering(429, SAID, Retry_After="-5"), RateLimited,
        "without saying how long", tries=TRIES, waits=True,
    ),
    "compressed bomb": Case(
        answering(200, BOMB, Content_Encoding="gzip"), TooLarge, "more than 32 MiB",
    ),
    "100,000 levels": Case(answering(200, b"[" * 100_000), UnexpectedAnswer, "not JSON"),
    "slow drip": Case(
        lambda simulator, when: simulator.fail(when, drip=0.05),
        Unavailable, "did not finish its answer within", short=True,
    ),
}  # fmt: skip


def round_of(number: int) -> dict[str, str]:
    """One fault for each source; over all rounds each source meets each fault."""
    names = list(FAULTS)
    return {
        source: names[(number + shift) % len(names)]
        for source, shift in zip(SCOPES, (0, 5, 11), strict=True)
    }


ALL_ROUNDS = [round_of(number) for number in range(len(FAULTS))]


@pytest.mark.parametrize(
    "faults", ALL_ROUNDS, ids=lambda faults: ", ".join(f"{s}: {f}" for s, f in faults.items())
)
def test_a_fault_decides_nothing_and_once_it_ends_all_is_caught_up(stage, faults, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    place, cases = stage.install(tmp_path), {source: FAULTS[f] for source, f in faults.items()}
    hurried = {source for source, case in cases.items() if case.short}
    for now, point in zip(RUNS, POINTS, strict=False):
        stage.world.at(now)
        began = {name: len(each.requests) for name, each in stage.world.by_name.items()}
        for source, case in cases.items():
            case.plan(stage.world.by_name[source], POINTS[point](source))
        seen = run(place, now, hurried)
        for source, case in cases.items():
            simulator = stage.world.by_name[source]
            simulator.mend()
            assert not leaks(stage, place, seen, caplog.text)
            said(seen, case, source)
            kept(seen, stage, source, case, now)
            asked = hits(simulator, began[source], POINTS[point](source))
            # Two threads may meet what ends a source side by side.
            most = len(SCOPES[source])
            least = 1 if case.error in ENDS_SOURCE else most
            # A token that Google refuses is renewed once: it may just have run out.
            renewed = source == "calendar" and case.error is AuthError
            tries = case.tries
            assert tries * least <= asked - renewed <= tries * most, "too often or not enough"
            waits = place.waits[source]
            assert (tries - 1) * least <= len(waits) <= (tries - 1) * most
            assert all(wait >= 1 for wait in waits), "a loop without a pause"
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("source", SCOPES)
@pytest.mark.parametrize("name", ["500", "404", "no list"])
def test_the_other_sources_are_as_if_nothing_had_happened(stage, source, name, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    FAULTS[name].plan(stage.world.by_name[source], later_pages(source))
    seen = run(place, RUNS[0])
    assert seen.report.exit_code == FAULTS[name].exit_code
    whole(seen, stage.twin[0], source, RUNS[0])


def test_a_wait_that_was_asked_for_is_kept_to_by_the_next_runs(stage, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        FAULTS["429 for two minutes"].plan(simulator, first_page(source))
    run(place, RUNS[0])
    asked = {name: len(each.requests) for name, each in stage.world.by_name.items()}
    soon = run(place, RUNS[0] + timedelta(seconds=90))
    assert asked == {name: len(each.requests) for name, each in stage.world.by_name.items()}
    assert soon.report.exit_code == 7, "nothing could be read, all of it may be later"
    for report in soon.report.sources:
        (error,) = report.failures
        assert isinstance(error, RateLimited)
        assert "asked us to wait until 09:02 UTC" in str(error)
        assert error.hint
    for simulator in stage.world.by_name.values():
        simulator.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


@pytest.mark.parametrize("name", ["500", "503", "cut off", "reset", "429 without a hint"])
def test_a_fault_that_passes_while_we_try_again_is_never_heard_of(stage, name, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        FAULTS[name].plan(simulator, later_pages(source))
        simulator.faults[-1].times = TRIES - 1
    seen = run(place, RUNS[0])
    assert not any(each.faults[0].times for each in stage.world.by_name.values())
    assert {source: len(waits) for source, waits in place.waits.items()} == dict.fromkeys(
        SCOPES, TRIES - 1
    )
    assert seen.report.exit_code == 0
    assert seen.items == stage.twin[0].items
    assert lives(seen) == lives(stage.twin[0])


@pytest.mark.parametrize("name", ["404", "403", "no list", "invalid JSON"])
def test_a_project_that_cannot_be_read_leaves_the_next_one_whole(stage, name, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])

    def of_pay(request: Request) -> bool:
        return is_list("jira", request) and '"PAY"' in request.json()["jql"]

    FAULTS[name].plan(stage.world.jira, of_pay)
    seen = run(place, RUNS[0])
    assert seen.report.exit_code == 3
    pay, led = Scope("jira", "PAY"), Scope("jira", "LED")
    assert seen.cursors[pay] == stage.before.cursors[pay]
    assert seen.fresh[pay].failing_since == RUNS[0]
    assert seen.cursors[led] == stage.twin[0].cursors[led]
    assert seen.fresh[led].failing_since is None
    for key, item in stage.twin[0].items.items():
        if item.scope == "LED":
            assert seen.items[key] == item


SIGN_IN = {
    "a login page": Case(answering(200, LOGIN), UnexpectedAnswer, "web page: login or proxy?"),
    "a proxy's refusal": Case(answering(403, LOGIN), UnexpectedAnswer, "web page"),
    "a list": Case(answering(200, []), UnexpectedAnswer, "not of the promised shape"),
    "500": Case(answering(500, SAID), Unavailable, "the server failed (500)", tries=TRIES),
    "429": Case(
        answering(429, SAID, Retry_After="120"), RateLimited, "asked to wait", waits=True
    ),
    "invalid_grant": Case(
        answering(400, {"error": "invalid_grant"}), AuthError, "invalid_grant", exit_code=4
    ),
    "a reset": Case(
        lambda simulator, when: simulator.fail(when, reset=True),
        Unavailable, "reset the connection", tries=TRIES,
    ),
}  # fmt: skip


def is_sign_in(request: Request) -> bool:
    return request.path.endswith("/token")


@pytest.mark.parametrize("name", SIGN_IN)
def test_a_google_sign_in_that_fails(stage, name, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    place, case, calendar = stage.install(tmp_path), SIGN_IN[name], stage.world.calendar
    stage.world.at(RUNS[0])
    before = len(calendar.requests)
    case.plan(calendar, is_sign_in)
    seen = run(place, RUNS[0])
    said(seen, case, "calendar", where="sign-in")
    kept(seen, stage, "calendar", case, RUNS[0])
    assert hits(calendar, before, is_sign_in) == case.tries
    assert len(place.waits["calendar"]) == case.tries - 1
    assert not leaks(stage, place, seen, caplog.text)
    assert not [record for record in caplog.records if record.exc_info]
    calendar.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


def everything(_: Request) -> bool:
    return True


@pytest.mark.parametrize("name", ["login page", "401", "reset", "503"])
def test_a_provider_that_answers_nothing_else(stage, name, tmp_path):
    """From the very first request on, as a portal or a proxy in front of it does."""
    place, case = stage.install(tmp_path), FAULTS[name]
    stage.world.at(RUNS[0])
    for simulator in stage.world.by_name.values():
        case.plan(simulator, everything)
    seen = run(place, RUNS[0])
    errors = [error for report in seen.report.sources for error in report.failures]
    assert {error.source for error in errors} == set(SCOPES)
    assert all(isinstance(error, SourceError) and error.hint for error in errors)
    assert seen.report.exit_code == {"login page": 3, "401": 4}.get(name, 7)
    for source in SCOPES:
        kept(seen, stage, source, case, RUNS[0])
    for simulator in stage.world.by_name.values():
        simulator.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


COMMANDS = {
    "jira": ("login page", "web page: login or proxy?", "open the address in a browser"),
    "github": ("401", "the credential was refused (401)", "make a new token at"),
    "calendar": ("another host", "refused, since the credential", "set sources.calendar.url"),
}


def test_the_command_says_what_where_why_and_how_on(place):
    place.github.add_token(GITHUB_TOKEN, "dli")
    assert place.syncd("sync").returncode == 0
    for source, (name, _, _) in COMMANDS.items():
        FAULTS[name].plan(getattr(place, source), everything)
    done = place.syncd("-v", "sync")
    assert done.returncode == 4
    for source, (_, why, hint) in COMMANDS.items():
        (line,) = (each for each in done.stdout.splitlines() if each.startswith(source))
        assert why in line
        assert any(
            each.startswith(f"{source}: ") and hint in each for each in done.stderr.splitlines()
        )
    assert "Traceback" not in done.stdout + done.stderr
    assert "simulated-" not in done.stdout + done.stderr
    held = json.loads(place.syncd("status", "-f", "json").stdout)
    assert all(each["items"] for each in held["sources"])


def test_the_stage_decides_something_on_each_source(stage):
    """Else the tests above would be silent for want of news."""
    for source in SCOPES:
        reasons = {reason for reason, _ in stage.twin[0].news(source, concerns=True)}
        assert {"opened", "cleared"} <= reasons
    assert stage.twin[1].report.transitions == ()
