"""Fixtures of the tests of commands."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from clock import stand
from providers import Call, Done, Providers

from syncd.cli.entry import run_command
from syncd.testing.builders import AS_OF


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of a test run on one Monday morning, whatever day the tests are run on."""
    stand(monkeypatch, AS_OF)


@pytest.fixture
def syncd(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """A command as typed, in this process."""
    before = (sys.excepthook, threading.excepthook, logging.getLogger().handlers[:])
    level = logging.getLogger().level
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = run_command(arguments)
        return Done(code, *capsys.readouterr())

    yield run
    sys.excepthook, threading.excepthook, logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(level)


@pytest.fixture
def providers() -> Iterator[Providers]:
    made = Providers(AS_OF)
    yield made
    made.close()
