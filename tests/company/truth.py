"""What is true of a company, written down by whoever planted it and never worked out by a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from syncd.model.items import ItemKey

Place = tuple[str, str]
"""(rule, subject)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Something that is wrong from `first` on: the run of that day is to open its alert."""

    case: str
    rule: str
    subject: str
    discriminator: str | None
    first: date
    within: int
    """Runs after `first` by which the alert is open: a rule that must be sure needs some."""
    follows: frozenset[Place]
    """What else may rightly be said because of it."""

    def fits(self, rule: str, subject: str, discriminator: str) -> bool:
        """Whether a finding is this one."""
        named = self.discriminator in (None, discriminator)
        return (self.rule, self.subject) == (rule, subject) and named


@dataclass(frozen=True, slots=True, kw_only=True)
class Innocent:
    """Something that looks like drift and is none: the rule must never speak of it."""

    case: str
    rule: str
    subject: str
    discriminator: str | None

    def fits(self, rule: str, subject: str, discriminator: str) -> bool:
        """Whether a finding is about this one."""
        named = self.discriminator in (None, discriminator)
        return (self.rule, self.subject) == (rule, subject) and named


@dataclass
class Truth:
    """All that was planted."""

    drifts: list[Drift] = field(default_factory=list)
    innocents: list[Innocent] = field(default_factory=list)

    def drift(
        self,
        case: str,
        rule: str,
        subject: ItemKey | str,
        first: date,
        *,
        within: int = 0,
        kind: str | None = None,
        follows: tuple[tuple[str, ItemKey | str], ...] = (),
    ) -> None:
        """`rule` is to speak of `subject` from the run of `first` on."""
        self.drifts.append(
            Drift(
                case=case,
                rule=rule,
                subject=str(subject),
                discriminator=kind,
                first=first,
                within=within,
                follows=frozenset((name, str(place)) for name, place in follows),
            )
        )

    def innocent(
        self, case: str, rule: str, *subjects: ItemKey | str, kind: str | None = None
    ) -> None:
        """`rule` is never to speak of these."""
        self.innocents += [
            Innocent(case=case, rule=rule, subject=str(one), discriminator=kind) for one in subjects
        ]
