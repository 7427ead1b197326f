"""A table of the configuration gets another name while the service runs: nobody is told anything."""

import json
import re
import signal
import urllib.request
from urllib.parse import urlencode

import pytest
from ports import kept_port, let_go
from servers import store_url
from services import serving

TABLE = """
[deliverables.{name}]
tier = "A"
match = ["jira:fixVersion=launch"]
"""


@pytest.fixture
def pages():
    port = kept_port()
    yield port
    let_go(port)


def plan(place, pages, store, tables):
    place.configure(every="1s")
    file = place.folder / "syncd.toml"
    site = f'[serve]\npublic_url = "http://127.0.0.1:{pages}"\nbind = "127.0.0.1:{pages}"\n'
    text = file.read_text().replace("[mail]", '[mail]\nactions = "link"')
    file.write_text(f'{text}[store]\nurl = "{store}"\n{site}{tables}')


def told(place, *words):
    done = place.syncd(*words, "-f", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def launch(place):
    """What is known of the launch under any name: its alert, what it is called, what was promised."""
    alert = next(
        one for one in told(place, "alerts", "list")["alerts"]
        if one["rule"] == "overdue" and one["subject"].startswith("deliverable:")
    )  # fmt: skip
    (promise,) = (
        one for one in told(place, "baseline", "list")["baselines"] if one["tier"] == "A"
    )  # fmt: skip
    return {
        **{key: alert[key] for key in ("alert", "fingerprint", "state", "update")},
        **{key: promise[key] for key in ("deliverable", "baseline", "reason")},
    }, promise["name"]


@pytest.mark.parametrize("kind", ["sqlite", "wheel"])
def test_all_that_is_known_of_it_goes_on(place, pages, eventually, kind):
    version = place.jira.add_version("LED", "launch", release=place.day(-3))
    place.touch()
    place.jira.edit(place.api, by="rosei", versions=(version,))
    store = store_url(kind, place.folder)
    plan(place, pages, store, TABLE.format(name="launch"))
    service = serving(place)

    def pulls():
        return sum("/events" in request.path for request in place.calendar.requests)

    def passes():
        done = pulls()
        eventually(lambda: pulls() >= done + 3)

    def reread(tables):
        plan(place, pages, store, tables)
        again = service.events().count("config.reloaded")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: service.events().count("config.reloaded") > again)
        passes()

    eventually(lambda: any("launch" in one for one in place.postbox.subjects()))
    passes()
    first = next(one for one in place.postbox.mails if "launch" in one["Subject"])
    day = place.day(-5).isoformat()
    said = ("--date", day, "--reason", "as agreed", "--by", "dana")
    assert place.syncd("baseline", "set", "launch", *said).returncode == 0
    passes()
    before, name = launch(place)
    assert (name, before["baseline"], before["reason"]) == ("launch", day, "as agreed")
    mails = place.postbox.subjects()

    for name, more in (("go_live", ""), ("ga", 'formerly = "go_live"\n'), ("launch", "")):
        reread(TABLE.format(name=name) + more)
        assert launch(place) == (before, name)
        assert place.postbox.subjects() == mails
    reread(TABLE.format(name="ga") + 'formerly = "launch"\n')

    text = first.get_body(("plain",)).get_content()
    link = next(one for one in re.findall(r"http://\S+/a/\S+", text))
    form = urlencode({"token": link.rpartition("/")[2]}).encode()
    with urllib.request.urlopen(link, form) as answer:
        assert answer.status == 200
    (answered,) = [one for one in told(place, "log")["entries"] if one["act"] != "baseline"]
    assert answered["fingerprint"] == before["fingerprint"]
    again = place.syncd("alerts", "explain", before["alert"], "--replay").stdout
    assert "Replay of" in again
    assert "nothing is found now" not in again
    assert "ga" in place.syncd("alerts", "explain", "--why-not", "ga", "slip-creep").stdout

    place.touch()
    place.jira.edit_version(version, released=True)
    later = lambda: place.postbox.mails[len(mails) :]  # noqa: E731
    eventually(lambda: any(one["References"] == first["References"] for one in later()))
    service.stop()
