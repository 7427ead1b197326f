"""Why mail waits, or is no news, in words for a table."""

from __future__ import annotations

from syncd.model.alerts import Hold, Message, MessageState
from syncd.model.people import Person

_WORDS = {
    Hold.DIGEST: "below high: next digest",
    Hold.MODE: "mode = digest",
    Hold.ROUTE: "a route says digest",
    Hold.RULE: "its rule is rarely useful: digests only",
    Hold.UNSTEADY: "it comes and goes: digests only",
    Hold.BUDGET: "budget of mails at once is spent: next digest",
    Hold.DELIVERABLE: "one new alert of a deliverable a day: next digest",
    Hold.HEARD: "a step up, and told the day before: next digest",
    Hold.BATCHING: "batching: more may come within minutes",
}


def why_held(hold: Hold, person: Person | None) -> str:
    """`quiet hours 18:00-09:00`, `mode = digest`; "" where nothing holds it."""
    if hold is Hold.QUIET:
        span = person.quiet if person else None
        return f"quiet hours {span[0]:%H:%M}-{span[1]:%H:%M}" if span else "quiet hours"
    return _WORDS.get(hold, "")


def reason_of(message: Message, person: Person | None) -> str:
    """Why a message is sent, or what it waits for; its trouble before all else."""
    if message.error:
        return message.error
    held = why_held(message.hold, person) if message.state is MessageState.WAITING else ""
    return held or message.reason
