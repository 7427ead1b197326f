"""What is shipped beside the package: units, image, lock."""

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.metrics import NAMES
from syncd.settings import load
from syncd.store import open_store

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@needs_systemd
def test_units_verify_in_silence(tmp_path: Path) -> None:
    for unit in UNITS:
        shutil.copy(unit, tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", *(f"./{unit.name}" for unit in UNITS)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", ["syncd.service", "syncd-run.service"])
def test_units_are_little_exposed(name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", name],
        cwd=DEPLOY / "systemd", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:]


def test_no_unit_restarts_what_a_restart_cannot_mend() -> None:
    service = (DEPLOY / "systemd/syncd.service").read_text()
    assert "RestartPreventExitStatus=2 4 5" in service
    assert "SuccessExitStatus=3 6 7" in (DEPLOY / "systemd/syncd-run.service").read_text()


def test_what_the_guide_copies_is_a_whole_configuration(tmp_path: Path) -> None:
    guide = (
        (DEPLOY / "README.md").read_text().partition("## systemd")[2].partition("## Container")[0]
    )
    lines = re.findall(r"^(?:install|cp)\b.*/etc/syncd.*$", guide, re.MULTILINE)
    script = "\n".join(lines).replace("/etc/syncd", str(tmp_path / "syncd"))
    subprocess.run(["bash", "-ec", script], cwd=DEPLOY.parent, check=True)
    assert "checkout" in load(tmp_path / "syncd/syncd.toml", {}).programs


def test_a_database_that_is_away_for_long_ends_no_service_for_good() -> None:
    service = (DEPLOY / "systemd/syncd.service").read_text()
    assert "\nStartLimitIntervalSec=0\n" in service
    assert "StartLimitBurst" not in service


@pytest.mark.parametrize("name", ["syncd.service", "syncd-run.service"])
def test_units_find_syncd_where_the_readme_puts_it(name: str) -> None:
    unit, told = (DEPLOY / "systemd" / name).read_text(), (DEPLOY / "README.md").read_text()
    (place,) = re.findall(r"^python3 -m venv (\S+)", told, re.MULTILINE)
    (path,) = re.findall(r"^Environment=PATH=(\S+)", unit, re.MULTILINE)
    assert path.split(":")[0] == f"{place}/bin"
    assert "ExecStart=/usr/bin/env syncd " in unit


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_the_image_is_well_made() -> None:
    done = subprocess.run(
        ["hadolint", str(DEPLOY / "docker/Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_lock_holds_versions_and_hashes_and_no_address() -> None:
    lock = (DEPLOY / "requirements.lock").read_text()
    assert "://" not in lock
    pinned = re.findall(r"^([a-z0-9-]+)==\S+", lock, re.MULTILINE)
    assert {"jira", "pygithub", "sqlalchemy", "tenacity"} <= set(pinned)
    assert len(re.findall(r"==", lock)) <= len(re.findall(r"--hash=sha256:", lock))


@pytest.mark.parametrize("file", ["prometheus/alerts.yaml", "grafana/dashboard.json"])
def test_every_metric_that_is_watched_is_one_that_the_service_has(file: str) -> None:
    named = set(re.findall(r"\bsyncd_[a-z_]+", (DEPLOY / file).read_text()))
    assert named
    assert named <= NAMES


@pytest.mark.parametrize("overlay", ["sqlite/one-owner.yaml", "cronjob/cronjob.yaml"])
def test_a_volume_as_kubernetes_hands_it_over_can_hold_the_store(
    overlay: str, tmp_path: Path
) -> None:
    """Its root belongs to root and is open to the group of `fsGroup`, at each mount anew."""
    manifest = (DEPLOY / "k8s/overlays" / overlay).read_text()
    assert "fsGroupChangePolicy: OnRootMismatch" in manifest, "or all in it would be opened again"
    (file,) = re.findall(r"name: SYNCD_STORE__URL\n\s+value: sqlite:///(/\S+)", manifest)
    volume = tmp_path / "volume"
    volume.mkdir()
    store = Path(file.replace("/var/lib/syncd", str(volume)))
    for _ in range(2):
        volume.chmod(0o2775)
        open_store(f"sqlite:///{store}", now=datetime(2026, 11, 23, tzinfo=UTC)).close()
