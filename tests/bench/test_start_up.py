"""How long the command takes to start, against a bare interpreter."""

import subprocess
import sys
import time
from statistics import median

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


def seconds(*words, folder):
    took = []
    for _ in range(7):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, check=True)
        took.append(time.perf_counter() - start)
    return median(took)


def test_commands_against_a_bare_interpreter(tmp_path, capsys):
    (tmp_path / "syncd.toml").write_text('[sources.x]\nkind = "file"\npaths = ["x.json"]\n')
    (tmp_path / "x.json").write_text("[]")
    syncd = ("-m", "syncd", "-c", "syncd.toml")
    subprocess.run([sys.executable, *syncd, "sync"], cwd=tmp_path, capture_output=True, check=True)
    bare = seconds("-c", "pass", folder=tmp_path)
    with capsys.disabled():
        print(f"\nbare interpreter {bare:.3f} s")
        for command in ("--help", "version", "status"):
            took = seconds(*syncd, command, folder=tmp_path)
            print(f"syncd {command:<8} {took:.3f} s, {took / bare:.1f} bare")
