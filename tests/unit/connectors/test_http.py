"""The HTTP door against real sockets: deadlines, limits, redirects, credentials, answers judged."""

import gzip
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest
import requests

from syncd.connectors.answers import classify, decode, http_date, words
from syncd.connectors.http import Limits, Meter, guard, is_loopback, origin
from syncd.demo.simulators.server import Answer, Simulator
from syncd.errors import (
    AuthError,
    CursorExpired,
    NotVisible,
    RateLimited,
    Unavailable,
    UnexpectedAnswer,
    Unreached,
)

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
SENT = "Mon, 04 May 2026 09:00:00 GMT"


class Echo(Simulator):
    def __init__(self):
        super().__init__(now=NOW)
        self.route("GET", "/page", lambda request: Answer(body=dict(request.headers)))
        self.route("GET", "/moved", lambda _: Answer(status=301, headers={"Location": "/page"}))


@pytest.fixture
def server():
    with Echo() as running:
        yield running


def guarded(total):
    made = requests.Session()
    guard(made, source="jira", limits=Limits(total=total, body=1024 * 1024))
    return made


@pytest.fixture
def session():
    with guarded(60) as made:
        yield made


@pytest.fixture
def hurried():
    """One that gives up on a request after a second."""
    with guarded(1) as made:
        yield made


def test_a_good_answer_comes_whole(server, session):
    assert session.get(server.url + "/page").json()["host"]


def test_a_redirect_on_the_same_host_is_followed(server, session):
    assert session.get(server.url + "/moved").status_code == 200


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1:{port}/page", "http://localhost:{port}/page", "http://127.0.0.1:1/", "//evil.example.invalid/x",
               "http://[bad", "http://127.0.0.1:abc/x", "http://exa mple/"]
)  # fmt: skip
def test_a_redirect_elsewhere_is_refused(server, session, target):
    port = server.origin.rpartition(":")[2]
    server.fail("/page", status=302, headers={"Location": target.format(port=port)})
    with pytest.raises(UnexpectedAnswer, match="redirects to"):
        session.get(server.url + "/page", headers={"Authorization": "Bearer canary"})


def test_http_is_for_loopback_only(session):
    with pytest.raises(UnexpectedAnswer, match="only for this machine"):
        session.get("http://jira.example.invalid/page")


def test_only_configured_hosts_are_asked(server):
    session = requests.Session()
    guard(session, source="jira", origins=("https://jira.example.invalid",))
    with pytest.raises(UnexpectedAnswer, match="not a configured host"):
        session.get(server.url + "/page")
    assert server.requests == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"reset": True}, "reset the connection"),
        ({"truncate": True}, "broke off"),
        ({"drip": 0.1}, "did not finish its answer within 1 s"),
        ({"delay": 1.5}, "did not finish|did not answer"),
    ],
)
def test_trouble_on_the_wire_is_named_and_told_without_the_request(server, hurried, fault, words):
    server.fail("/page", **fault)
    with pytest.raises(Unavailable, match=words) as caught:
        hurried.get(server.url + "/page?token=canary", headers={"Authorization": "Bearer canary"})
    assert caught.value.__suppress_context__
    assert "canary" not in str(caught.value) + repr(vars(caught.value))


def test_nobody_there_is_named(session):
    with pytest.raises(Unreached, match="refused the connection"):
        session.get("http://127.0.0.1:1/")


def test_who_answered_before_or_broke_off_is_not_nobody(session):
    with Echo() as server:
        page = server.url + "/page"
        server.fail("/page", reset=True, times=1)
        with pytest.raises(Unavailable) as cut:
            session.get(page)
        assert session.get(page).status_code == 200
    session.adapters["http://"].close()
    with pytest.raises(Unavailable, match="refused the connection") as gone:
        session.get(page)
    assert {type(cut.value), type(gone.value)} == {Unavailable}


def test_a_body_above_the_limit_is_not_read(server, session):
    server.fail("/page", status=200, body=b" " * 2_000_000)
    with pytest.raises(UnexpectedAnswer, match="more than 1 MiB"):
        session.get(server.url + "/page")


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_bomb_is_measured_after_inflating(server, session, pack):
    body = pack(b" " * 50_000_000)
    coding = {gzip.compress: "gzip", zlib.compress: "deflate"}[pack]
    server.fail("/page", status=200, body=body, headers={"Content-Encoding": coding})
    with pytest.raises(UnexpectedAnswer, match="more than 1 MiB"):
        session.get(server.url + "/page")


def test_a_broken_compressed_body_is_trouble_on_the_wire(server, session):
    server.fail("/page", status=200, body=b"not gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable, match="compressed"):
        session.get(server.url + "/page")


def test_no_credential_comes_from_netrc(server, session, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert "authorization" not in session.get(server.url + "/page").json()
    assert "authorization" not in session.get(server.url + "/moved").json()


def test_proxy_and_certificates_of_the_environment_are_used(server, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "company.pem"))
    monkeypatch.setenv("HTTP_PROXY", server.url)
    with requests.Session() as plain, requests.Session() as secure:
        guard(plain, source="jira", origins=["http://127.0.0.1:9"])
        assert plain.get("http://127.0.0.1:9/page").json()["host"] == "127.0.0.1:9"
        guard(secure, source="jira", origins=["https://127.0.0.1:9"])
        assert secure.verify == str(tmp_path / "company.pem")


def test_many_requests_at_once_are_each_cut_at_their_own_deadline(server):
    server.fail("/page", drip=0.1)
    late = []

    def ask(total):
        with requests.Session() as made:
            guard(made, source="jira", limits=Limits(total=total))
            start = time.monotonic()
            with pytest.raises(Unavailable, match=f"within {total:g} s"):
                made.get(server.url + "/page")
            late.append(time.monotonic() - start >= total)

    asking = [threading.Thread(target=ask, args=(total,)) for total in (3, 1, 2)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert late == [True, True, True]


def test_the_connection_is_used_again_after_a_deadline_passed(server, hurried):
    server.fail("/page", drip=0.1, times=1)
    with pytest.raises(Unavailable):
        hurried.get(server.url + "/page")
    assert hurried.get(server.url + "/page").status_code == 200


def test_the_meter_tells_clock_and_budget(server):
    meter = Meter()
    session = requests.Session()
    guard(session, source="github", meter=meter)
    server.now = NOW + timedelta(minutes=7)
    server.fail("/page", headers={"X-RateLimit-Remaining": "12", "X-RateLimit-Limit": "5000"})
    session.get(server.url + "/page")
    assert (meter.remaining, meter.limit, meter.requests) == (12, 5000, 1)
    assert meter.skew(NOW, meter.received) == 420


@pytest.mark.parametrize("value", ["9" * 16, "9" * 400, "9" * 5000, "-1", "many", ""])
def test_a_rate_header_that_makes_no_sense_is_none(server, session, value):
    names = ("X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Reset")
    server.fail("/page", headers=dict.fromkeys(names, value))
    answer = session.get(server.url + "/page")
    assert not any(name in answer.headers for name in names)
    assert session.get_adapter(server.url).meter.budget is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", datetime(9000, 1, 1, tzinfo=UTC)),
        ("Mon, 01 Jan 1601 00:00:00 GMT", None),
        ("Mon, 04 May 2026 09:00:00", NOW),
    ],
)
def test_a_date_that_nobody_can_reckon_with_is_none(text, expected):
    assert http_date(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Jira.Example:443/x?token=1", "https://jira.example"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("https://user:pw@jira.example/x", "https://jira.example"),
        ("https://jira.example:99999/", "https://jira.example"),
    ],
)
def test_origin_holds_no_secret(url, expected):
    assert origin(url) == expected


def test_loopback():
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1"))
    assert not any(
        is_loopback(host) for host in ("example.com", "localhost.evil.example", "10.0.0.1", "")
    )


def judged(status, headers=None, body=b""):
    return classify(status, headers or {}, body, source="jira", where="the issues", scope="PAY")


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (401, {}, b"", AuthError),
        (403, {}, b'{"message": "Resource not accessible"}', NotVisible),
        (403, {"X-RateLimit-Remaining": "0"}, b"", RateLimited),
        (403, {"Retry-After": "7"}, b"", RateLimited),
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}', RateLimited),
        (403, {}, b'{"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}', RateLimited),
        (403, {"X-RateLimit-Remaining": "4999"}, b'{"message": "Must have admin rights"}', NotVisible),
        (403, {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE"}, b"", AuthError),
        (403, {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"}, b"", AuthError),
        (404, {}, b"", NotVisible),
        (408, {}, b"", Unavailable),
        (410, {}, b"", CursorExpired),
        (429, {}, b"", RateLimited),
        (500, {}, b"", Unavailable),
        (503, {}, b"", Unavailable),
        (503, {"Retry-After": "5"}, b"", RateLimited),
        (400, {}, b"", UnexpectedAnswer),
        (418, {}, b"", UnexpectedAnswer),
        (302, {}, b"", UnexpectedAnswer),
    ],
)  # fmt: skip
def test_each_status_means_one_error(status, headers, body, expected):
    error = judged(status, headers, body)
    assert type(error) is expected
    assert (error.source, error.scope) == ("jira", "PAY")


@pytest.mark.parametrize("status", [200, 201, 204, 304])
def test_good_answers_are_no_error(status):
    assert judged(status) is None


def test_a_limit_without_a_hint_waits_a_minute_when_told_by_403():
    assert judged(403, {}, b'{"message": "secondary rate limit"}').retry_after == 60
    # GitHub tells it with 429 as well.
    assert judged(429, {}, b'{"message": "You exceeded a secondary rate limit"}').retry_after == 60
    assert judged(429).retry_after is None


def test_the_missing_right_is_named():
    assert "issues=read" in judged(403, {"X-Accepted-GitHub-Permissions": "issues=read"}).hint


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": "30"}, 30),
        ({"Retry-After": "Mon, 04 May 2026 09:01:30 GMT", "Date": SENT}, 90),
        ({"Retry-After": "Mon, 04 May 2026 08:00:00 GMT", "Date": SENT}, None),
        ({"Retry-After": "Mon, 04 May 2026 09:01:30 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "９"}, None),
        ({"Retry-After": "999999999999"}, 86400),
        ({"Retry-After": "9" * 5000}, 86400),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": SENT}, 86400),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -1200", "Date": SENT}, None),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 45), "Date": SENT}, 45),
        ({"X-RateLimit-Reset": "2026-05-04T09:02Z", "Date": SENT}, 120),
        ({"X-RateLimit-Reset": "2026-05-04T08:02Z", "Date": SENT}, None),
        ({"X-RateLimit-Reset": "9" * 30, "Date": SENT}, None),
        ({"X-RateLimit-Reset": "whenever", "Date": SENT}, None),
        ({"X-RateLimit-Reset": "2026-05-04T09:02Z", "X-RateLimit-Remaining": "7", "Date": SENT}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_how_long_to_wait(headers, expected):
    error = classify(429, headers, b"", source="jira", where="the issues of PAY")
    assert isinstance(error, RateLimited)
    assert error.retry_after == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ("86400", "asked to wait for 86400 s (429)"),
        ("864000", "asked to wait for 10 days, which counts as 24 h (429)"),
        ("9" * 30, "asked to wait for years, which counts as 24 h (429)"),
    ],
)
def test_a_wait_that_is_cut_says_so(seconds, words):
    assert str(judged(429, {"Retry-After": seconds})).endswith(words)


def test_the_end_of_a_wait_is_told_by_the_providers_clock():
    error = judged(429, {"Retry-After": "90", "Date": SENT})
    assert error.retry_at == NOW + timedelta(seconds=90)


def test_the_providers_words_are_cleaned():
    body = b'{"errorMessages": ["bad\\u001b[31m\\nthing at https://x.example/?token=canary"]}'
    told = words(body)
    assert told.startswith("bad [31m thing")
    assert "canary" not in told
    assert len(words(b'{"message": "%s"}' % (b"x" * 5000))) == 200
    assert words(b"<html>") == words(b"[1]") == words(b"{}") == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b" <!DOCTYPE html><html>", "web page: login or proxy"),
        (b"<?xml version='1.0'?>", "web page"),
        (b'{"a": 1', "not JSON"),
        (b"", "0 bytes that are not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
    ],
)
def test_what_is_not_json_is_named(body, expected):
    with pytest.raises(UnexpectedAnswer, match=expected):
        decode(body, source="jira", where="the issues")


def test_half_a_surrogate_pair_spoils_no_page():
    body = rb'{"a": "cut \ud83d", "b": 1}'
    assert decode(body, source="jira", where="x") == {"a": "cut \ud83d", "b": 1}


def test_json_in_another_encoding_is_read():
    assert decode('{"a": "ü"}'.encode("utf-16"), source="jira", where="x") == {"a": "ü"}
