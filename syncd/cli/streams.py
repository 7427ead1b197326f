"""Standard streams that may be closed, on a full disk, or read by nobody any more."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from syncd.errors import SyncdError


class Unread(Exception):
    """Whoever reads the answer has seen enough of it: `syncd alerts list | head`."""


def mend() -> None:
    """Make the streams of this process such that whatever was done to them ends no work."""
    for name in ("stdin", "stdout", "stderr"):  # in this order they get the numbers that are free
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            nothing = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the process lives
            setattr(sys, f"__{name}__", nothing)
            setattr(sys, name, nothing)
    sys.stdout = _over(sys.stdout, _Answer)
    sys.stderr = _over(sys.stderr, _Asides)


class _Answer(io.TextIOWrapper):
    """Standard output. Raises Unread, or SyncdError where it cannot be written."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise self._failed(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> Exception:
        # What is still held would fail once more when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
        if isinstance(error, BrokenPipeError):
            return Unread()
        return SyncdError(
            f"the answer cannot be written to standard output: {error.strerror}",
            hint="make room there (df -h), or write it elsewhere",
        )


class _Asides(io.TextIOWrapper):
    """Standard error. What cannot be told there is left out: a full log must stop no mail."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            super().flush()


def _over(stream: TextIO, kind: type[io.TextIOWrapper]) -> TextIO:
    if type(stream) is not io.TextIOWrapper:
        return stream
    return kind(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
