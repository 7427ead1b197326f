"""Published calendars through the command: read, shown, moved, and their addresses kept secret."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import warm
from ics_simulator import IcsSimulator

NOW = datetime.now(UTC).replace(microsecond=0)
EVENT = "SUMMARY:{0}\nDTSTART;VALUE=DATE:29991201"
MAIN = '[sources.partners]\nkind = "ics"\n[sources.partners.calendars]\nlaunches = "{0}"\n'


class Place:
    def __init__(self, folder: Path, server: IcsSimulator) -> None:
        self.folder, self.server = folder, server
        plain, secret = server.publish("launches"), server.publish("reviews")
        server.put("launches", "go@example.com", EVENT.format("Go / no-go"))
        server.put("reviews", "rev@example.com", EVENT.format("Review"))
        (folder / "syncd.toml").write_text(MAIN.format(plain))
        (folder / "secrets").mkdir()
        file = folder / "secrets" / "sources__partners__calendars__reviews"
        file.write_text(secret + "\n")
        file.chmod(0o600)
        self.secrets = [held.path.split("/")[1] for held in server.calendars.values()]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NO_COLOR": "1"}
        done = warm.syncd("--config", "syncd.toml", *arguments, cwd=self.folder, env=environment)
        for secret in self.secrets:
            assert secret not in done.stdout + done.stderr
        return done


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with IcsSimulator(now=NOW) as server:
        yield Place(tmp_path, server)


def test_both_calendars_are_read_and_neither_address_is_shown(place: Place) -> None:
    checked = place.run("doctor", "partners")
    assert f'calendar "launches" at {place.server.origin}: 1 events' in checked.stdout
    assert 'calendar "reviews"' in checked.stdout
    read = place.run("-vv", "sync", "partners")
    assert read.returncode == 0
    assert "GET" in read.stderr, "requests are logged, without where they went"
    shown = place.run("config", "show").stdout
    assert f'sources.partners.calendars.launches = "{place.server.origin}/…"' in shown
    assert "sources.partners.calendars.reviews = ******" in shown
    for secret in place.secrets:
        for path in (place.folder / "var").rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes()


def test_one_that_is_down_leaves_the_other_read(place: Place) -> None:
    place.run("sync", "partners")
    place.server.fail(place.server.calendars["launches"].path, status=404)
    place.server.put("reviews", "more@example.com", EVENT.format("Second review"))
    done = place.run("sync", "partners")
    assert done.returncode == 3
    assert "1 changed" in done.stdout + done.stderr
    assert "secrets/sources__partners__calendars__CALENDAR" in done.stdout + done.stderr
