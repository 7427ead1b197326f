"""Operators hear, once, of each template of theirs that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from syncd.alerts.routing import operator_notices
from syncd.interfaces import Notifier
from syncd.model.alerts import Notification
from syncd.model.people import Person
from syncd.overrides import Flaw, Overridable


def flaw_notices(
    notifiers: Iterable[Notifier], people: Sequence[Person], as_of: datetime
) -> tuple[Notification, ...]:
    """To every operator, for each flaw that the notifiers know of now."""
    flaws = dict.fromkeys(
        flaw for one in notifiers if isinstance(one, Overridable) for flaw in one.flaws()
    )
    return tuple(notice for flaw in flaws for notice in _notices(flaw, people, as_of))


def _notices(flaw: Flaw, people: Sequence[Person], as_of: datetime) -> tuple[Notification, ...]:
    return operator_notices(
        people,
        "A mail template of yours cannot be used",
        (
            f"{flaw.where}: {flaw.message}",
            "Mails that need it leave as plain text, so that nothing is lost.",
            "Mend the file, or remove it, and look again: `syncd config validate`",
        ),
        # Only the kind of the mistake: the rest of a message may be what a provider wrote.
        key=f"template {flaw.where} {flaw.message.partition(':')[0]}",
        as_of=as_of,
    )
