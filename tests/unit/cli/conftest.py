"""Fixtures of the tests of commands."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from providers import Call, Done, Providers

from syncd.cli.entry import run_command


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
    made = Providers()
    yield made
    made.close()
