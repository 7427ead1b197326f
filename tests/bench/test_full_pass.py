"""What a whole pass takes, beside a bare loop that reads the same rows by `sqlite3`.

    BENCH_SIZE=full uv run pytest -n0 -m bench tests/bench/test_full_pass.py

`BENCH_SIZE` is `full` (100,000 items, 300,000 links), a number of items, or nothing: a fifth.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest
from company import fill

SIZES = {"": 20_000, "full": 100_000}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]


def run(**asked):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("full_pass.py"), json.dumps(asked)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_a_full_pass_beside_a_bare_loop(tmp_path, capsys):
    size = os.environ.get("BENCH_SIZE", "")
    items = SIZES.get(size) or int(size)
    store = str(tmp_path / "company.db")
    fill(store, items)
    loops, passes = [], []
    for _ in range(3):
        loops.append(run(store=store, items=items, bare=True))
        passes.append(run(store=store, items=items))
    assert all(one["failures"] == 0 and one["findings"] > 0 for one in passes)
    loop, took = median(one["cpu"] for one in loops), median(one["cpu"] for one in passes)
    middle = sorted(passes, key=lambda one: one["cpu"])[1]
    with capsys.disabled():
        print(
            f"\n{items:,} items, {loops[0]['rows']:,} rows: bare loop {loop:.2f} s, "
            f"{loops[0]['peak']:.0f} MiB; a pass {took:.1f} s, {took / loop:.0f} loops, "
            f"{middle['peak']:.0f} MiB; {middle['findings']:,} findings, "
            f"{middle['forecasts']:,} forecasts, {middle['nodes']:,} nodes; "
            + ", ".join(f"{name} {each:.1f} s" for name, each in middle["took"].items())
        )
