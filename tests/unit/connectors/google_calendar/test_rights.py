"""Which calendars are found, what doctor says of rights, and how signing in goes wrong."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.connectors.google_calendar.client import READ_EVENTS, READ_LIST
from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.demo.simulators.google_sign_in import google_error
from syncd.errors import (
    AuthError,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.interfaces import Forking, Mark
from syncd.redaction import MASK, SECRETS

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAN = "plan@group.calendar.example.com"
RELEASE = "release@group.calendar.example.com"
HOLIDAYS = "en.german#holiday@group.v.calendar.google.com"
BIRTHDAYS = "addressbook#contacts@group.v.calendar.google.com"


def at(day: int) -> datetime:
    return datetime(2026, 12, day, 10, tzinfo=UTC)


@pytest.fixture
def listed(simulator: Any) -> None:
    """What a person's list looks like."""
    simulator.add_calendar(RELEASE, summary="release plan", summaryOverride="Release 2.1")
    simulator.add_calendar(HOLIDAYS, summary="Holidays in Germany")
    simulator.add_calendar("bo@example.com", summary="Bo", role="freeBusyReader")
    simulator.add_calendar(BIRTHDAYS, summary="Birthdays")
    simulator.add_calendar("old@example.com", summary="Old", deleted=True)
    simulator.add_calendar("out@example.com", summary="Out", hidden=True)


def error_of(connector: GoogleCalendarConnector, scope: str = PLAN) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(connector.pull(scope, None))
    return caught.value


def tokens(simulator: Any) -> int:
    return sum(request.path == "/token" for request in simulator.requests)


def test_calendars_of_the_list_are_read_as_far_as_they_tell_anything(build, listed):
    found = build(calendars=[], discover=True).scopes()
    assert found == (PLAN, RELEASE, HOLIDAYS)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"only": ["release 2.*"]}, [RELEASE]),
        ({"only": ["*@group.calendar.example.com"]}, [PLAN, RELEASE]),
        ({"skip": ["Holidays *", RELEASE]}, [PLAN]),
        ({"only": ["*plan*"], "skip": ["release plan"]}, [PLAN]),
        (
            {"calendars": ["x@example.com", RELEASE], "only": ["nothing"]},
            ["x@example.com", RELEASE],
        ),
    ],
)
def test_only_and_skip_choose_by_id_name_or_own_name(build, listed, chosen, expected):
    section = {"calendars": [], "discover": True, **chosen}
    assert list(build(**section).scopes()) == expected


def test_holidays_that_google_keeps_are_holidays(simulator, build, pull, listed):
    simulator.add_event(HOLIDAYS, "Christmas", at(25).date())
    connector = build(calendars=[], discover=True)
    (item,) = pull(by=connector, scope=HOLIDAYS).items
    assert item.type == "holiday"


def test_the_list_is_read_to_its_end(simulator, build, listed):
    simulator.page_limit = 2
    assert len(build(calendars=[], discover=True).scopes()) == 3
    pages = [r.query.get("pageToken") for r in simulator.requests if "calendarList" in r.path]
    assert pages == [None, "2", "4"]


def test_an_empty_list_retires_nothing(simulator, build):
    simulator.calendars.clear()
    with pytest.raises(NotVisible, match="none of the calendars") as caught:
        build(calendars=[], discover=True).scopes()
    assert caught.value.hint.startswith("syncd doctor calendar")


def test_the_list_is_asked_for_only_with_its_own_right(simulator, build, listed):
    build().scopes()
    assert simulator.requests == []
    build(calendars=[], discover=True).scopes()
    (granted,) = simulator.sign_in._tokens.values()
    assert granted.split() == [READ_EVENTS, READ_LIST]


def test_a_consent_without_the_list_says_which_scope_it_lacks(simulator, build):
    user = simulator.authorised_user()
    connector = build(calendars=[], discover=True, credentials=user)
    with pytest.raises(AuthError, match="lacks a scope") as caught:
        connector.scopes()
    assert READ_LIST in caught.value.hint
    simulator.sign_in.consent = READ_LIST
    assert isinstance(error_of(build(credentials=user)), AuthError)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"discover": False}, "or set discover"),
        ({"calendars": ["a"], "only": ["b"]}, "set discover = true"),
        ({"calendars": ["a"], "skip": ["b"]}, "set discover = true"),
    ],
)
def test_a_choice_among_nothing_is_refused(section, says):
    with pytest.raises(ValueError, match=says):
        GoogleCalendarConnector.Settings.model_validate(section)


def test_doctor_lists_what_was_found_and_why_the_rest_is_not_read(build, listed):
    told = [check.text for check in build(calendars=[], discover=True).check()]
    assert told == [
        "reads as syncd@simulated.iam.gserviceaccount.example",
        f'found calendar "Plan" ({PLAN}): readable as reader',
        f'found calendar "Release 2.1" ({RELEASE}): readable as reader',
        f'found calendar "Holidays in Germany" ({HOLIDAYS}): readable as reader',
        'found calendar "Bo" (bo@example.com): busy times only, so no event of it can be told apart',
        f'found calendar "Birthdays" ({BIRTHDAYS}): it holds no plans',
        'found calendar "Old" (old@example.com): it was deleted',
    ]


def test_doctor_does_not_wait_for_a_list_that_fails(simulator, build):
    simulator.fail("/calendarList", status=503)
    *_, last = build(calendars=[], discover=True).check()
    assert (last.mark, last.exit_code) == (Mark.FAILED, 3)
    assert sum("calendarList" in request.path for request in simulator.requests) == 1


def test_a_list_without_an_end_is_refused(simulator, build, monkeypatch):
    monkeypatch.setattr("syncd.connectors.google_calendar.connector.PAGES", 3)
    body = {"kind": "calendar#calendarList", "items": [None, {}], "nextPageToken": "again"}
    simulator.fail("/calendarList", status=200, body=body)
    with pytest.raises(UnexpectedAnswer, match="pages without an end"):
        build(calendars=[], discover=True).scopes()


def test_doctor_says_why_a_service_account_finds_nothing(simulator, build):
    simulator.calendars.clear()
    *_, last = build(calendars=[], discover=True).check()
    assert last.mark is Mark.WARNING
    assert "is not in its list by itself" in last.fix


@pytest.mark.parametrize("role", ["writer", "owner", "writerWithoutPrivateAccess"])
def test_doctor_names_a_right_to_change_that_a_service_account_has(simulator, build, role):
    simulator.calendars[PLAN].role = role
    *_, calendar = build().check()
    assert calendar.mark is Mark.WARNING
    assert f"may change it too ({role})" in calendar.text
    assert "no more than: See all event details" in calendar.fix
    *_, own = build(credentials=simulator.authorised_user()).check()
    assert own.mark is Mark.OK, "a person owns calendars for other reasons"


def test_doctor_names_scopes_that_are_not_needed(simulator, build):
    wide = "https://www.googleapis.com/auth/calendar"
    simulator.sign_in.consent = f"{wide} openid"
    user = simulator.authorised_user()
    *_, last = build(credentials=user).check()
    assert last.mark is Mark.WARNING
    assert last.text == f"the sign-in may do more than reading needs: {wide}"
    assert READ_EVENTS in last.fix
    simulator.sign_in.consent = f"{READ_EVENTS} openid"
    assert {check.mark for check in build(credentials=user).check()} == {Mark.NOTE, Mark.OK}


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("Token has been expired or revoked.", "7 days"),
        ("Invalid JWT Signature.", "key was deleted"),
        ("Invalid JWT: Token must be in a reasonable timeframe.", "the clock of this machine"),
        ("Not a valid email or user ID.", "no such person as subject"),
    ],
)
def test_a_refused_sign_in_says_what_it_means(simulator, connector, words, means):
    simulator.sign_in.revoked = True
    simulator.sign_in.refusal_words = words
    error = error_of(connector)
    assert isinstance(error, AuthError)
    assert "invalid_grant" in str(error)
    assert means in error.hint


@pytest.mark.parametrize("kind", ["service_account", "authorised_user"])
@pytest.mark.parametrize("status", [400, 429])
def test_a_sign_in_that_repeats_what_it_was_sent_is_not_passed_on(simulator, build, kind, status):
    credential = getattr(simulator, kind)()
    told = json.loads(credential)
    told = [told.get(name) for name in ("private_key", "client_secret", "refresh_token")]
    echoed = [secret for secret in told if secret]
    body = {"error": "invalid_grant", "error_description": f"bad {' '.join(echoed)}"}
    simulator.fail("/token", status=status, body=body)
    error = error_of(build(credentials=credential))
    assert not [each for each in echoed if each in f"{error} {error.hint}"]
    assert "bad" not in str(error)
    for secret in echoed:
        assert SECRETS.mask(f"key={secret};") == f"key={MASK};"


def test_the_access_token_is_masked_until_another_takes_its_place(simulator, build):
    connector = build()
    list(connector.pull(PLAN, None))
    (former,) = simulator.sign_in._tokens
    assert former not in SECRETS.mask(f"GET /events with {former}")
    simulator.sign_in.forget_tokens()
    list(connector.pull(PLAN, None))
    (token,) = simulator.sign_in._tokens
    masked = SECRETS.mask(f"{former} and {token}")
    assert token not in masked
    assert former in masked


def test_a_delegation_that_is_not_allowed_names_the_scopes_to_allow(simulator, build):
    body = {"error": "unauthorized_client", "error_description": "Client is unauthorized"}
    simulator.fail("/token", status=401, body=body)
    error = error_of(build(calendars=[], discover=True, subject="dana@example.com"))
    assert isinstance(error, AuthError)
    assert READ_EVENTS in error.hint
    assert READ_LIST in error.hint


def test_a_replaced_client_secret_is_told(simulator, build):
    user = simulator.authorised_user().replace(simulator.sign_in.client_secret, "former")
    error = error_of(build(credentials=user))
    assert isinstance(error, AuthError)
    assert "client or its secret was replaced" in error.hint


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        ("rateLimitExceeded", 60),
        ("userRateLimitExceeded", 60),
        ("quotaExceeded", 60),
        ("dailyLimitExceeded", 3600),
        ("calendarUsageLimitsExceeded", 3600),
    ],
)
def test_a_quota_says_until_when_to_wait(simulator, connector, reason, seconds):
    simulator.limit(reason=reason, times=None)
    error = error_of(connector)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
    assert error.retry_at == NOW + timedelta(seconds=seconds)


def test_a_limit_while_discovering_is_a_limit(simulator, build):
    answer = google_error(403, "userRateLimitExceeded", "User Rate Limit", domain="usageLimits")
    simulator.fail("/calendarList", status=403, body=answer.body)
    with pytest.raises(RateLimited):
        build(calendars=[], discover=True).scopes()
    simulator.mend()
    simulator.fail("/calendarList", status=500)
    with pytest.raises(Unavailable):
        build(calendars=[], discover=True).scopes()


def test_threads_share_one_sign_in(simulator, connector, pull):
    assert isinstance(connector, Forking)
    others = [connector.fork() for _ in range(3)]
    errors: list[BaseException] = []

    def read(one: GoogleCalendarConnector) -> None:
        try:
            list(one.pull(PLAN, None))
        except SourceError as error:
            errors.append(error)
        finally:
            one.close()

    for round_ in (1, 2):
        threads = [threading.Thread(target=read, args=(one,)) for one in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert tokens(simulator) == round_
        simulator.sign_in.forget_tokens()
        others = [connector.fork() for _ in range(3)]
    assert pull().listing


def test_a_fork_has_connections_of_its_own(simulator, connector, pull):
    simulator.add_event(PLAN, "Launch", at(1))
    other = connector.fork()
    connector.close()
    assert [item.title for item in pull(by=other).items] == ["Launch"]
    other.close()
