"""What syncd writes on items itself: one remark for each alert, and which alerts get one."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from syncd.model.findings import Finding, Severity
from syncd.model.items import ItemKey, Kind, item_key

DECLINED = "deleted there by a person"
"""How the error of a message begins whose earlier note somebody took away: they said no."""

FOREIGN = "another syncd wrote of this there"
"""How the error of a message begins that met the note of another instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is to stand on one item about one alert."""

    fingerprint: str
    instance: str
    """Of the store that it comes from: eight hex digits."""
    item: ItemKey
    ref: str
    scope: str
    over: bool = False
    """The alert has ended: nothing is begun any more, what stands there says so."""
    known: bool = False
    """An earlier update stood there: where nothing is found now, a person deleted it."""
    lines: tuple[str, ...] = ()
    """Cleaned plain sentences; markup is the writer's."""
    proposed: date | None = None
    """Day on which an event would fit."""

    def encoded(self) -> bytes:
        """As it stands in the outbox."""
        document = {
            "fingerprint": self.fingerprint, "instance": self.instance, "item": str(self.item),
            "ref": self.ref, "scope": self.scope, "over": self.over, "known": self.known,
            "lines": list(self.lines),
            "proposed": self.proposed.isoformat() if self.proposed else None,
        }  # fmt: skip
        return json.dumps(document, ensure_ascii=False).encode()

    @classmethod
    def decoded(cls, body: bytes) -> Remark:
        """Read back what `encoded` wrote."""
        held = json.loads(body)
        proposed = held.pop("proposed")
        return cls(
            **held
            | {
                "item": ItemKey.parse(held["item"]),
                "lines": tuple(held["lines"]),
                "proposed": date.fromisoformat(proposed) if proposed else None,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """Which alerts a writer remarks on, and where."""

    source: str
    """Name of the source whose items it writes on."""
    kinds: frozenset[Kind]
    scopes: frozenset[str]
    """Projects, repositories or calendars that it may write to; no others."""
    rules: frozenset[str] = field(default_factory=frozenset)
    """Empty = all."""
    severity_from: Severity = Severity.HIGH
    programs: frozenset[str] = field(default_factory=frozenset)
    """Empty = all."""
    dry_run: bool = True
    """Only shown, never written."""

    def place(self, finding: Finding) -> ItemKey | None:
        """The item of a finding that it could write on: the subject, else the other end."""
        for text in (finding.subject, finding.discriminator):
            key = item_key(text)
            if key is not None and key.source == self.source and key.kind in self.kinds:
                return key
        return None

    def is_told_of(self, finding: Finding, programs: Collection[str]) -> bool:
        """Whether a finding of these programs is among what it remarks on."""
        return (
            finding.severity >= self.severity_from
            and (not self.rules or finding.rule in self.rules)
            and (not self.programs or not self.programs.isdisjoint(programs))
        )
