"""What a rule is: one file, one manual, one pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncd.model.findings import Finding, Severity, Unknown

if TYPE_CHECKING:
    from syncd.reconciler.view import View

INTERFACE = 1

Results = Iterator[Finding | Unknown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pure check over a `View`. The docstring of its module is its manual.

    `check(view, params)` yields a `Finding` for each subject that fires and an `Unknown` for each
    one it cannot judge; silence means clear. It must not read a clock, a file or the environment.
    """

    id: str
    severity: Severity
    """Base, before tier, nearness and spread (`reconciler.md` §B)."""
    params: type[Any]
    """Frozen dataclass of its parameters, each with a default and a docstring."""
    check: Callable[[View, Any], Results]
    manual: str = ""
    interface: int = INTERFACE
