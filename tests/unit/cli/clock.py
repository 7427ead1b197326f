"""The clock of commands that run in this process, standing: no test sees a day end."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

import pytest

from syncd.cli import wiring


@dataclass(frozen=True)
class Standing:
    """What commands take for `datetime`."""

    at: datetime

    def now(self, zone: tzinfo) -> datetime:
        return self.at.astimezone(zone)


def stand(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """For the commands of this test it is that moment."""
    monkeypatch.setattr(wiring, "datetime", Standing(at))
