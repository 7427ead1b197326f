"""The pages of `syncd serve`: a real process, real sockets, link scanners, browsers, a phone."""

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from answer_office import DANAS, NOW, Office
from ports import kept_port

from syncd.model.acts import ActKind
from syncd.model.grants import LINK_LIFE, Deed

URL = "https://syncd.example.com"


class Site(Office):
    def __init__(self, folder: Path, more: str = "", *, public_url: str = URL) -> None:
        self.port = kept_port()
        super().__init__(
            folder,
            f'actions = "link"\n[serve]\nbind = "127.0.0.1:{self.port}"\n'
            f'public_url = "{public_url}"\n{more}',
        )
        self.log: list[str] = []

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, "-m", "syncd", "-vv", "-c", str(self.path), "serve"],
            stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            is_ready = threading.Event()

            def listen() -> None:
                for line in process.stderr:
                    self.log.append(line)
                    if "cycle.done" in line:
                        is_ready.set()

            reader = threading.Thread(target=listen)
            reader.start()
            try:
                assert is_ready.wait(180), self.log
                # No source tells of them, so the first cycle ended them: they open again.
                self.open_alerts()
                yield process
            finally:
                process.kill()
                reader.join()

    def ask(self, method: str, path: str, body: str | bytes = "", **headers: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, names)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def press(self, token: str, path: str = "/a/", **more: str):
        form = urlencode({"token": token} | more)
        return self.ask("POST", path + token, form)

    def kinds(self) -> list[str]:
        return [kind for kind, *_ in self.acts()]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    found = Site(tmp_path_factory.mktemp("site"))
    with found.serving():
        yield found


def tokens_are_not_logged(site: Site, *tokens: str) -> None:
    for token in tokens:
        assert not [line for line in site.log if token in line or token[:40] in line]


def test_scanners_open_a_link_many_times_and_change_nothing(site):
    tokens = [site.link(deed) for deed in Deed if deed is not Deed.REPLY]
    tokens.append(
        site.link(Deed.STOP, fingerprint="", number=0, update=0, kind="digest", expires=None)
    )
    before = site.acts()
    for token in tokens:
        for path in ("/a/", "/u/"):
            for method in ("GET", "HEAD", "GET", "OPTIONS", "PUT", "DELETE", "TRACE", "PATCH"):
                site.ask(method, path + token, Purpose="prefetch", User_Agent="scanner")
            site.ask("GET", f"{path}{token}?again=yes&token={token}", f"token={token}")
    assert site.acts() == before
    tokens_are_not_logged(site, *tokens)


def test_a_page_asks_and_only_its_button_acts_once(site):
    token = site.link(Deed.ACK)
    answer, text = site.ask("GET", f"/a/{token}")
    assert answer.status == 200
    assert 'name="note"' in text
    assert "D-1: Title of LED-88 (LED-88) moved by 6 working days." in text
    assert "This acts for Dana Li." in text
    answer, text = site.press(token)
    assert (answer.status, "you have it" in text) == (200, True)
    assert ("ack", "dana", "link", "") in site.acts()
    answer, text = site.press(token)
    assert (answer.status, "was used already" in text) == (410, True)
    answer, text = site.ask("GET", f"/a/{token}")
    assert (answer.status, "was used already" in text) == (410, True)
    assert site.kinds().count("ack") == 1
    tokens_are_not_logged(site, token)


def test_two_presses_at_once_are_one(site):
    token, answers = site.link(Deed.USEFUL), []
    threads = [threading.Thread(target=lambda: answers.append(site.press(token)[0].status))
               for _ in range(8)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [410] * 7
    assert site.kinds().count("feedback") == 1


def test_a_snooze_says_for_how_long(site):
    token = site.link(Deed.SNOOZE)
    for wrong in ({}, {"days": "3650"}, {"days": "-1"}, {"days": "x"}):
        assert site.press(token, **wrong)[0].status == 410
    assert "snooze" not in site.kinds()
    assert '<option value="2" selected>2 working days, until' in site.ask("GET", f"/a/{token}")[1]
    assert site.press(token, days="7")[0].status == 200
    with site.open() as store:
        (act,) = (one for one in store.acts() if one.kind is ActKind.SNOOZE)
    assert (act.until - NOW.date()).days == 7


def test_a_page_leads_to_what_else_can_be_said_and_only_their_buttons_act(site):
    """Accept with a reason, notes as often as there is something to say, and back again."""

    def leads_to(text: str) -> dict[str, str]:
        found = re.findall(r'<li><a href="([^"/]+)">([^<]+)</a></li>', text)
        return {words: token for token, words in found}

    before = site.acts()
    links = leads_to(site.ask("GET", f"/a/{site.link(Deed.KNOWN, update=7)}")[1])
    assert {"It is fine as it is", "Write a note", "Quiet for a while"} <= set(links)
    for token in links.values():
        assert site.ask("GET", f"/a/{token}")[0].status == 200
    accept, note = links["It is fine as it is"], links["Write a note"]
    assert '<option value="28" selected>4 weeks' in site.ask("GET", f"/a/{accept}")[1]
    assert site.press(accept, days="28")[0].status == 410, "no reason"
    assert site.press(accept, days="2", note="agreed")[0].status == 410
    assert site.press(note)[0].status == 410
    assert site.acts() == before
    text = site.press(accept, days="28", note="agreed with R. Osei")[1]
    assert ("accept", "dana", "link", "agreed with R. Osei") in site.acts()
    for words in ("Kim writes it", "Kim writes it", "schön & <b>gut</b>"):
        assert site.press(note, note=words)[0].status in (200, 410)
    written = [said for kind, *_, said in site.acts() if kind == "note"]
    assert written == ["Kim writes it", "schön & <b>gut</b>"]
    back = leads_to(text)["Take back what was answered"]
    assert site.press(back)[0].status == 200
    assert site.kinds()[-1] == "reopen"
    assert "Take back what was answered" not in leads_to(site.ask("GET", f"/a/{note}")[1])
    tokens_are_not_logged(site, *links.values(), back)


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({"Sec_Fetch_Site": "cross-site"}, None),
        ({"Sec_Fetch_Site": "same-site"}, None),
        ({"Origin": "https://evil.example"}, None),
        ({}, {"token": "another"}),
        ({}, {}),
        ({}, {"List-Unsubscribe": "One-Click"}),
    ],
)
def test_a_form_of_another_page_does_nothing(site, headers, form):
    token, before = site.link(Deed.KNOWN), site.acts()
    body = urlencode({"token": token} if form is None else form)
    answer, text = site.ask("POST", f"/a/{token}", body, **headers)
    assert (answer.status, "did not come from the page" in text) == (410, True)
    assert site.acts() == before


@pytest.mark.parametrize("origin", [URL, "null"])
def test_a_form_of_our_page_is_taken_behind_a_proxy(site, origin):
    """Under `no-referrer` browsers say "null" of their own pages, too."""
    token = site.link(Deed.NOT_USEFUL, update=2 if origin == URL else 3)
    form = urlencode({"token": token})
    answer, _ = site.ask("POST", f"/a/{token}", form, Origin=origin, Sec_Fetch_Site="same-origin")
    assert answer.status == 200


def test_what_cannot_be_used_says_so(site):
    before = site.acts()
    good = site.link(Deed.ACK, update=9)
    for token, words, status in (
        (good[:-3] + ("A" if good[-3] != "A" else "B") + good[-2:], "was changed", 404),
        ("x", "was changed", 404),
        ("a" * 5000, "was changed", 404),
        (site.link(Deed.ACK, expires=NOW - LINK_LIFE), "too old", 410),
        (site.link(Deed.ACK, who="nobody"), "does not know any more", 410),
        (site.link(Deed.ACK, fingerprint="0" * 16), "does not hold any more", 410),
        (site.link(Deed.ACK, who="rosei"), "You are not among those", 410),
    ):
        for method in ("GET", "POST"):
            answer, text = site.ask(
                method, f"/a/{token}", f"token={token}" if method == "POST" else ""
            )
            assert (answer.status, words in text) == (status, True), (token, text)
            assert "LED-88" not in text
    assert site.acts() == before
    assert site.ask("GET", f"/u/{good}")[0].status == 410


def test_unsubscribing_by_one_click_and_back(site):
    token = site.link(Deed.STOP, fingerprint="", number=0, update=0, kind="digest", expires=None)
    page = site.ask("GET", f"/u/{token}")[1]
    assert "No more digests?" in page
    for _ in range(2):
        answer, _ = site.ask("POST", f"/u/{token}", "List-Unsubscribe=One-Click")
        assert answer.status == 200
    assert site.kinds().count("stop") == 1
    assert "You get no digests" in site.ask("GET", f"/u/{token}")[1]
    assert "You get digests again" in site.press(token, "/u/", again="yes")[1]
    assert site.kinds()[-1] == "reopen"


def test_every_answer_is_strict_and_small(site):
    token = site.link(Deed.USEFUL, update=7)
    for path in (f"/a/{token}", "/a/x", "/nothing", "/", f"/a/{token}/more"):
        answer, text = site.ask("GET", path)
        policy = answer.getheader("Content-Security-Policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert (
            answer.getheader("Referrer-Policy"), answer.getheader("Cache-Control"),
            answer.getheader("X-Frame-Options"), answer.getheader("X-Content-Type-Options"),
        ) == ("no-referrer", "no-store", "DENY", "nosniff")  # fmt: skip
        assert answer.getheader("Server") is None
        assert not re.search(r"<script|https?://|src=|@import|url\(", text)
    answer, _ = site.ask("POST", f"/a/{token}", "x" * 20_000)
    assert answer.status == 413


def test_many_wrong_links_are_slowed_down_and_good_ones_are_not(site):
    statuses = [site.ask("GET", f"/a/wrong{number}")[0].status for number in range(60)]
    assert statuses[-1] == 429
    assert site.ask("GET", f"/a/{site.link(Deed.USEFUL, update=8)}")[0].status == 200


def test_a_restricted_alert_is_shown_in_the_neutral_form(tmp_path, monkeypatch):
    from dataclasses import replace

    import answer_office

    monkeypatch.setattr(answer_office, "DANAS", replace(DANAS, restricted=True))
    place = Office(tmp_path, 'actions = "none"\n')
    with place.open() as store:
        offer = place.desk(store).offer(place.link(Deed.ACK), NOW)
    assert offer.alert is not None
    found = offer.alert.finding
    assert "LED-88" not in f"{found.summary} {found.plain} {found.title} {found.ref} {found.url}"


def test_serving_stops_in_time_with_open_connections_and_a_reload_keeps_the_socket(
    tmp_path, eventually
):
    site = Site(tmp_path, public_url=f"{URL}/below")
    with site.serving() as process:
        token = site.link(Deed.ACK)
        assert site.ask("GET", f"/below/a/{token}")[0].status == 200
        assert site.ask("GET", f"/a/{token}")[0].status == 404
        site.path.write_text(site.path.read_text() + "# other\n")
        process.send_signal(signal.SIGHUP)
        idle = socket.create_connection(("127.0.0.1", site.port))
        slow = socket.create_connection(("127.0.0.1", site.port))
        slow.sendall(
            f"POST /below/a/{token} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ntok".encode()
        )
        eventually(lambda: any("config.reloaded" in line for line in site.log))
        assert site.ask("GET", f"/below/a/{token}")[0].status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143
        idle.close()
        slow.close()


def test_a_port_in_use_is_told_in_a_sentence(tmp_path):
    site = Site(tmp_path)
    with socket.create_server(("127.0.0.1", site.port)):
        done = subprocess.run(
            [sys.executable, "-m", "syncd", "-c", str(site.path), "serve"],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"another program listens on 127.0.0.1:{site.port} already" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
def test_a_browser_shows_the_page_at_the_width_of_a_phone(site, tmp_path):
    """Wide texts break, the button is as wide as a thumb needs, and nothing must be scrolled."""
    text = site.ask("GET", f"/a/{site.link(Deed.SNOOZE, update=5)}")[1]
    page = tmp_path / "page.html"
    page.write_text(
        f"""<iframe width="360" height="700" frameborder="0" srcdoc="{escape(text)}"></iframe><pre></pre>
        <script>addEventListener('load', () => {{
          const one = document.querySelector('iframe').contentDocument;
          const button = one.querySelector('button').getBoundingClientRect();
          document.querySelector('pre').textContent = JSON.stringify([
            one.documentElement.scrollWidth, button.width, button.height, one.title]);
        }});</script>"""
    )
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000",
         f"--user-data-dir={tmp_path}/profile", "--dump-dom", page.as_uri()],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    width, button, height, title = json.loads(re.search(r"<pre>(.*)</pre>", done.stdout)[1])
    assert title == "Quiet for a while?"
    assert width <= 360
    assert button > 300
    assert height >= 44
