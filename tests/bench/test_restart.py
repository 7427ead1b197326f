"""From the start of the service to its first finished cycle, with a large store held.

    BENCH_SIZE=full uv run pytest -n0 -m bench tests/bench/test_restart.py

`BENCH_SIZE` is `full` (100,000 items), a number of items, or nothing: a fifth. Nothing is pulled:
the one source is an empty file. Starts after SIGTERM and after SIGKILL by turns.
"""

import os
import signal
import subprocess
import sys
import time
from statistics import mean

import pytest
from company import fill, organisation
from services import Ear
from soaking import processor_seconds

ROUNDS = 2
SIZES = {"": 20_000, "full": 100_000}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

CONFIG = """
timezone = "UTC"
[schedule]
every = "1h"
[sources.jira]
kind = "file"
paths = ["jira.json"]
[store]
url = "sqlite:///state/syncd.db"
[people.dana]
name = "Dana Li"
email = "dana@example.com"
[alerts]
quiet_hours = false
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
"""


def write_installation(folder, items):
    teams = "".join(
        f"[teams.{team.id.replace('-', '_')}]\nowns = {list(team.owns)}\n"
        for team in organisation(items).teams
    )
    (folder / "syncd.toml").write_text(CONFIG + teams.replace("'", '"'))
    (folder / "jira.json").write_text("[]")
    (folder / "state").mkdir(mode=0o700)
    fill(folder / "state" / "syncd.db", items)


def start(folder, ear):
    """The service; seconds, and those of the processor, until it is ready; until its first cycle is over."""
    ear.heard.clear()
    began = time.monotonic()
    running = subprocess.Popen(
        [sys.executable, "-m", "syncd", "-q", "-c", str(folder / "syncd.toml"), "serve"],
        cwd=folder, env={**os.environ, "NOTIFY_SOCKET": str(ear.path)},
    )  # fmt: skip
    took = []
    for claim in (lambda: "READY=1" in ear.heard, ear.cycles):
        while not claim():
            assert running.poll() is None
            time.sleep(0.01)
        took += time.monotonic() - began, processor_seconds(running.pid)
    return running, *took


def test_restarts_after_sigterm_and_sigkill(tmp_path, capsys):
    size = os.environ.get("BENCH_SIZE", "")
    items = SIZES.get(size) or int(size)
    write_installation(tmp_path, items)
    ear, found = Ear(tmp_path), {signal.SIGTERM: [], signal.SIGKILL: []}
    running, *_ = start(tmp_path, ear)
    for end in (signal.SIGTERM, signal.SIGKILL) * ROUNDS:
        running.send_signal(end)
        running.wait(60)
        running, *took = start(tmp_path, ear)
        found[end].append(took)
    running.kill()
    running.wait(60)
    ear.close()
    with capsys.disabled():
        for end, times in found.items():
            wall, cpu, whole, whole_cpu = map(mean, zip(*times, strict=True))
            print(f"\n{items:,} items, after {end.name}: ready in {wall:.1f} s ({cpu:.1f} of the "
                  f"processor), first cycle over after {whole:.1f} s ({whole_cpu:.1f})", end="")  # fmt: skip
