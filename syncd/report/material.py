"""What a report is made of, and the texts that every part of it makes in the same way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from syncd.alerts.audiences import Audiences
from syncd.alerts.escalation import as_known
from syncd.model.acts import Act
from syncd.model.alerts import Alert
from syncd.model.calendar import local_time
from syncd.model.findings import Evaluation, Finding
from syncd.model.items import CalendarEvent, Issue, Item, ItemKey, Milestone
from syncd.model.links import LinkDecision
from syncd.model.people import Person, Role
from syncd.reconciler.facts import subjects
from syncd.reconciler.health import Health, health
from syncd.reconciler.view import Deliverable, View
from syncd.report.contents import Audience
from syncd.text import clean_text
from syncd.veiling.veil import Veil, veil_of

RESTRICTED = "restricted item"
NOBODY = Person(id="", name="", email="", role=Role.EXEC)
"""Stands for readers of whom none holds anything."""
NAME = 90
"""Characters of a title that are shown."""

_KEY = re.compile(r"\b[A-Z][A-Z0-9_]+-\d+\b|(?<![\w./-])[\w.-]+/[\w.-]+(?:#| milestone )\d+")


@dataclass(frozen=True, kw_only=True)
class Material:
    """One view of the world with what was judged of it. Read-only."""

    view: View
    evaluation: Evaluation
    alerts: Mapping[str, Alert]
    """By fingerprint."""
    acts: Sequence[Act]
    decisions: Sequence[LinkDecision]
    audience: Audience
    zone: str
    """IANA name: the reader's."""
    program: str = ""
    """Id; "" for all that is held."""
    reader: Person | None = None
    """Whom it is made for; None = all of the audience."""
    veil: Veil | None = None
    """What hides what they may not see; None = nothing is hidden. `seen_by` sets it."""
    retold: frozenset[str] = frozenset()
    """Fingerprints of findings that say already what the readers may see."""
    judged: Mapping[str, Health] | None = None
    """`health`, where it was made of more than they are told."""

    def seen_by(self, reader: Person | None, audiences: Audiences) -> Material:
        """The same for one reader, or for all whom `audiences` answers for: what they may see."""
        veil = veil_of(self.view, reader or NOBODY, audiences)
        if veil is None:
            return replace(self, reader=reader)
        seen = [found for found in self.evaluation.findings if veil.tells(found)]
        evaluation = veil.evaluation(replace(self.evaluation, findings=tuple(seen)))
        return replace(
            self,
            reader=reader,
            veil=veil,
            view=veil.view,
            evaluation=evaluation,
            retold=frozenset(
                told.fingerprint
                for real, told in zip(seen, evaluation.findings, strict=True)
                if told is not real and not real.restricted
            ),
            alerts={name: veil.alert(one) for name, one in self.alerts.items()},
            acts=veil.acts(self.acts, self.alerts.values()),
            decisions=veil.decisions(self.decisions),
            judged=veil.judged(self.health, evaluation),
        )

    @cached_property
    def today(self) -> date:
        """The reader's day."""
        return local_time(self.view.snapshot.as_of, self.zone).date()

    @cached_property
    def deliverables(self) -> tuple[Deliverable, ...]:
        """The open ones of the program."""
        return tuple(
            one
            for one in self.view.deliverables
            if not one.done and (not self.program or self.program in one.programs)
        )

    @cached_property
    def health(self) -> Mapping[str, Health]:
        """By subject."""
        if self.judged is not None:
            return self.judged
        return {one.subject: one for one in health(self.view, self.evaluation)}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What people of the program may be told: about work, not about persons or sources."""
        spoken_for = {finding for finding, _ in self.evaluation.inhibited}
        return tuple(
            found
            for found in as_known(self.evaluation.findings, self.alerts, self.view.snapshot.as_of)
            if found.fingerprint not in spoken_for
            and not found.subject.startswith(("source:", "person:"))
            and self._is_meant(found)
        )

    @cached_property
    def told(self) -> dict[str, list[Finding]]:
        """The findings by subject."""
        found: dict[str, list[Finding]] = {}
        for one in self.findings:
            found.setdefault(one.subject, []).append(one)
        return found

    @property
    def program_name(self) -> str:
        """What people call it; "" where no program is meant."""
        named = (one.name for one in self.view.config.programs if one.id == self.program)
        return clean_text(next(named, ""), 60)

    @cached_property
    def members(self) -> frozenset[str]:
        """Ids of the teams of the program; of all teams without one."""
        chosen = [one for one in self.view.config.programs if one.id == self.program]
        if chosen:
            return frozenset(chosen[0].teams)
        return frozenset(one.id for one in self.view.config.teams)

    def is_veiled(self, key: ItemKey) -> bool:
        """Whether the readers may not see it: it is neither listed nor counted."""
        return self.veil is not None and key in self.veil.hidden

    def is_unnamed(self, found: Finding) -> bool:
        """Whether nothing of it may be told but that it is there; else it says what may be."""
        return found.restricted and found.fingerprint not in self.retold

    def is_hidden(self, key: ItemKey) -> bool:
        """Whether not everybody may read what it is called."""
        if self.is_veiled(key):
            return True
        item = self.view.item(key)
        is_private = isinstance(item, CalendarEvent) and item.private
        return is_private or (isinstance(item, Issue) and item.restricted)

    def ref(self, key: ItemKey) -> str:
        """What people call an item."""
        item = self.view.item(key)
        if item is None or self.is_hidden(key):
            return RESTRICTED
        return clean_text(item.ref, 60)

    def title(self, key: ItemKey) -> str:
        """Its title, one short line."""
        item = self.view.item(key)
        if item is None or self.is_hidden(key):
            return RESTRICTED
        return self.named(_title(item))

    def name(self, deliverable: Deliverable) -> str:
        """What a deliverable is called; neutral where its name is that of a restricted item."""
        hidden = any(self.is_hidden(key) for key in deliverable.bound)
        return RESTRICTED if hidden and not deliverable.declared else self.named(deliverable.name)

    def named(self, text: str, limit: int = NAME) -> str:
        """A name or a reason, for leaders without keys."""
        text = clean_text(self.veil.safe(text) if self.veil else text, limit)
        return self.plainly(text) if self.audience is Audience.LEAD else text

    def team(self, team: str | None) -> str:
        """What people call a team id; "" for none."""
        return clean_text(subjects.team_name(self.view, team), 40) if team else ""

    def plainly(self, text: str) -> str:
        """`text` without keys of items and names of people, for leaders."""
        words = _KEY.sub(self._untitled, clean_text(text, 400))
        return self._people.sub("somebody", words) if self._people.pattern else words

    def _untitled(self, found: re.Match[str]) -> str:
        item = self.view.find(found[0])
        if item is None or self.is_hidden(item.key):
            return "an item"
        return _KEY.sub("an item", clean_text(_title(item), NAME))

    @cached_property
    def _people(self) -> re.Pattern[str]:
        """Full names only: single words are also words of other things."""
        names = {one.name for one in self.view.config.people}
        names |= {one.name for one in self.view.snapshot.accounts}
        known = sorted((clean_text(name) for name in names if " " in name.strip()), reverse=True)
        return re.compile("|".join(rf"\b{re.escape(name)}\b" for name in known))

    def _is_meant(self, found: Finding) -> bool:
        if not self.program or self.program in found.programs:
            return True
        return not self.members.isdisjoint(found.teams)


def _title(item: Item) -> str:
    return item.name if isinstance(item, Milestone) else item.title
