"""What machines ask a service: is it alive, is it ready, and its metrics."""

import re
import socket
from collections import defaultdict

import pytest
from bare_site import Site

from syncd.app import App
from syncd.daemon import _Service
from syncd.metrics import METRICS
from syncd.selfcheck import Part
from syncd.settings import load
from syncd.tally import ANSWERS

LINE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (-?[\d.e+-]+)')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("health")).serving() as found:
        yield found


def test_a_silent_loop_is_not_alive(site):
    assert site.ask("/livez")[0].status == 200
    site.silence = 121.0
    assert site.ask("/livez")[0].status == 503
    site.silence = 1.0


def test_a_store_that_does_not_answer_is_not_ready(site):
    assert site.ask("/readyz")[0].status == 200
    site.ready = "the disk failed"
    answer, text = site.ask("/readyz")
    assert (answer.status, text) == (503, "the disk failed\n")
    site.ready = ""


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_what_a_proxy_passed_on_finds_none_of_them(site, path):
    assert site.ask(path, X_Forwarded_For="192.0.2.7")[0].status == 404


def test_without_pages_there_are_probes_and_a_port_that_is_taken_ends_nothing(
    tmp_path, monkeypatch, caplog
):
    site = Site(tmp_path)
    serve = site.settings.serve.model_copy(update={"bind": ""})
    settings = site.settings.model_copy(update={"serve": serve})
    with App(settings, now=site.now, own=True) as app:
        service = _Service(app, lambda: settings, lambda: site.now)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            monkeypatch.setattr("syncd.daemon.BY_DEFAULT", taken.getsockname())
            with service._pages() as found:
                assert found is None
        assert "web.off error=serve.bind: another program listens on 127.0.0.1:" in caplog.text
        monkeypatch.setattr("syncd.daemon.BY_DEFAULT", ("127.0.0.1", 0))
        with service._pages() as found:
            site.port = found.address[1]
            assert site.ask("/readyz")[0].status == 200
            assert site.ask("/r/")[0].status == 404


def samples_of(text):
    samples = defaultdict(dict)
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = LINE.fullmatch(line).groups()
            samples[name][labels or ""] = float(value)
    return samples


def test_a_source_of_which_a_part_was_never_read_is_no_blind_spot(tmp_path):
    """The series that an alert compares stay there, and say what is wrong."""
    with Site(tmp_path).serving() as site:
        good = samples_of(site.ask("/metrics")[1])
    other = Site(tmp_path)
    file = tmp_path / "syncd.toml"
    file.write_text(file.read_text().replace('["plan.ics"]', '["plan.ics", "broken.ics"]'))
    (tmp_path / "broken.ics").write_text("no calendar")
    other.settings = load(file, {})
    with other.serving() as site:
        bad = samples_of(site.ask("/metrics")[1])
    for name in ("lag_seconds", "last_success_timestamp_seconds"):
        assert good[f"syncd_source_{name}"].keys() == bad[f"syncd_source_{name}"].keys() != set()
    for name in ("failing", "stale"):
        assert good[f"syncd_source_{name}"] == {'source="plan"': 0}
        assert bad[f"syncd_source_{name}"] == {'source="plan"': 1}


def test_metrics_are_well_formed_and_tell_nobodys_name(site):
    ANSWERS.add('o"dd\\name', "401")
    site.unwell = {Part.MAIL}
    answer, text = site.ask("/metrics")
    site.unwell = set()
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = samples_of(text)
    assert set(re.findall(r"# TYPE (\w+) ", text)) == {metric.name for metric in METRICS}
    assert samples["syncd_source_lag_seconds"]['source="plan"'] >= 0
    assert samples["syncd_source_requests_total"]['source="o\\"dd\\\\name",status="401"'] == 1
    failing = samples["syncd_self_check_failing"]
    assert failing == {'part="cycle"': 0, 'part="mail"': 1, 'part="backup"': 0}
    assert samples["syncd_mail_total"]['kind="service",result="sent"'] >= 0
    assert "dana" not in text.lower()
    assert "Checkout" not in text
