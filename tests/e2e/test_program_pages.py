"""Pages of programs: what they show, who may see them, and how they look in a browser."""

from datetime import timedelta

import pytest
from bare_site import Site
from browser import CHROMIUM, chromium

from syncd.model.grants import PageRight
from syncd.web.guards import MOST_WRONG


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Reached from this machine only, and nobody else is meant to."""
    with Site(tmp_path_factory.mktemp("pages")).serving() as found:
        yield found


@pytest.fixture(scope="module", params=["", 'login_header = "X-Forwarded-User"'])
def public(request, tmp_path_factory):
    serve = f'public_url = "https://syncd.example.com/watch"\n{request.param}'
    with Site(tmp_path_factory.mktemp("public"), serve).serving() as found:
        yield found


def key(site, program="checkout", audience="team", days=30):
    expires = site.now + timedelta(days=days)
    return site.signing.page_key(PageRight(program=program, audience=audience, expires=expires))


def test_a_page_shows_the_program_and_is_not_sent_twice(site):
    answer, text = site.ask("/r/checkout")
    assert answer.status == 200
    assert "<h1>Checkout" in text
    assert "Data: how fresh" in text
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "script-src 'sha256-" in answer.headers["content-security-policy"]
    again, nothing = site.ask("/r/checkout", If_None_Match=answer.headers["etag"])
    assert (again.status, nothing) == (304, "")
    site.now += timedelta(minutes=2)
    assert site.ask("/r/checkout?audience=lead")[1].count("This week") == 1


def test_the_list_leads_to_each_program(site):
    answer, text = site.ask("/r/")
    assert answer.status == 200
    assert '<a href="billing?audience=lead">Billing, for leaders</a>' in text
    assert '<a href="checkout">Checkout</a>' in text


@pytest.mark.parametrize("path", ["/r/nothing", "/r/checkout?audience=all", "/r/checkout/x"])
def test_what_is_not_there_is_told_alike(site, path):
    assert site.ask(path)[0].status == 404


def test_a_name_that_was_pointed_at_this_machine_opens_nothing(site):
    assert site.ask("/r/checkout", Host="evil.example.com")[0].status == 404
    assert site.ask("/r/checkout", X_Forwarded_For="192.0.2.7")[0].status == 404


def test_a_signed_link_opens_its_page_and_no_other(public):
    assert public.ask("/watch/r/checkout")[0].status == 404, "a proxy here looks like this machine"
    assert public.ask(f"/watch/r/checkout?key={key(public)}")[0].status == 200
    assert public.ask(f"/watch/r/billing?key={key(public)}")[0].status == 404
    assert public.ask(f"/watch/r/?key={key(public)}")[0].status == 404
    assert public.ask(f"/watch/r/?key={key(public, program='')}")[0].status == 200
    lead = key(public, audience="lead")
    assert public.ask(f"/watch/r/checkout?key={lead}")[0].status == 404
    assert public.ask(f"/watch/r/checkout?audience=lead&key={lead}")[0].status == 200
    assert public.ask(f"/watch/r/checkout?key={key(public, days=-1)}")[0].status == 404
    assert public.ask(f"/watch/r/checkout?key={key(public)[:-2]}xy")[0].status == 404


def test_a_login_counts_only_where_a_proxy_is_trusted_with_it(public):
    is_trusted = bool(public.settings.serve.login_header)
    answer, _ = public.ask("/watch/r/checkout", X_Forwarded_User="dana")
    assert answer.status == (200 if is_trusted else 404)
    assert public.ask("/watch/r/checkout", X_Forwarded_User=" ")[0].status == 404


def test_a_login_is_taken_from_proxies_that_are_named_and_from_nobody_else(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    serve = """public_url = "https://syncd.example.com"
    login_header = "X-Forwarded-User"
    trusted_proxies = ["127.0.0.2", "127.0.8.0/24"]"""
    with Site(tmp_path, serve).serving() as found:

        def status(by, **headers):
            answer, _ = found.ask("/r/checkout", by=by, X_Forwarded_User="dana", **headers)
            return answer.status

        for proxy in ("127.0.0.2", "127.0.8.9"):
            assert status(proxy) == 200
            assert status(proxy, X_Forwarded_For="192.0.2.7") == 200
        for other in ("127.0.0.1", "127.0.0.3"):
            assert status(other) == 404
            assert status(other, X_Forwarded_For="127.0.0.2") == 404
        assert found.ask(f"/r/checkout?key={key(found)}", by="127.0.0.3")[0].status == 200
    refused = [one.getMessage() for one in caplog.records if "login.refused" in one.getMessage()]
    assert len(refused) == 2, refused
    assert "peer=127.0.0.3" in refused[1]
    assert "serve.trusted_proxies" in refused[1]


def test_wrong_links_are_counted_by_visitor_as_a_trusted_proxy_names_them(tmp_path):
    serve = 'public_url = "https://syncd.example.com"\ntrusted_proxies = ["127.0.0.2"]'
    with Site(tmp_path, serve).serving() as found:

        def knock(visitor, times=1, by="127.0.0.2"):
            path = "/r/checkout?key=wrong"
            asked = [found.ask(path, by=by, X_Forwarded_For=visitor) for _ in range(times)]
            return asked[-1][0].status

        assert knock("192.0.2.7", MOST_WRONG + 1) == 429
        assert knock("192.0.2.8") == 404, "another visitor"
        for number in range(MOST_WRONG):
            knock(f"192.0.2.{number}", by="127.0.0.3")
        assert knock("192.0.2.99", by="127.0.0.3") == 429, "its own word counts for nothing"


@pytest.mark.skipif(not CHROMIUM.exists(), reason="/usr/bin/chromium is not installed")
def test_a_phone_shows_it_and_the_browser_complains_of_nothing(site, tmp_path):
    """Neither of its own policies nor of the server's: each would be a line of the console."""
    done = chromium(
        tmp_path, "light", "--window-size=375,2000", f"--screenshot={tmp_path / 'page.png'}",
        f"http://127.0.0.1:{site.port}/r/checkout",
    )  # fmt: skip
    assert (tmp_path / "page.png").exists(), done.stderr[-500:]
    assert "CONSOLE" not in done.stderr, done.stderr[-2000:]
