"""A finding's sentence, cut and turned for a mail: headline and effect, what is over, whose act."""

from __future__ import annotations

from collections.abc import Container

from syncd.model.alerts import Alert, Reason, Transition, Victims, day_ahead
from syncd.model.findings import Finding, Standing
from syncd.model.people import Person
from syncd.notifiers.email.dates import day, local_day
from syncd.text import clean_text

_OVER = {
    "overdue": " is no longer overdue",
    "stalled": " is no longer stalled",
    "date-moved": ": the move of its date is settled",
    "dates-disagree": ": its dates agree again",
    "status-mismatch": ": its status fits the facts again",
    "dep-inversion": ": its date fits what it waits for again",
    "dep-cycle": " is no longer in a circle of links",
    "dep-late": " makes nothing late any more",
    "dep-weak": " is owned and planned, or no committed date waits for it any more",
    "dep-dropped": " no longer waits for what was dropped",
    "dep-orphan": " was taken over",
    "dep-hidden": ": what it seemed to wait for is stated or settled",
    "dep-blind": ": nothing that it waits for is hidden any more",
    "event-moved": ": its event and its date fit again",
    "forecast-late": " fits its date again",
    "gate-too-early": ": its review no longer comes too early",
    "gate-unattended": ": its review has everybody it needs",
    "not-converging": " comes nearer its end again",
    "scope-growth": ": its scope is near what was committed again",
    "slip-creep": ": its date stands still again",
    "date-doubtful": ": its date is no longer in doubt",
    "dead-date": " is planned for a day that counts again",
    "person-away": ": somebody is there to finish it",
    "review-wait": " no longer waits for the same people",
    "blocked-unattended": ": what it waits for is said, or it waits no more",
    "overload": ": no more is due at once than can be done",
    "uncovered-scope": ": its open items are owned and planned again",
    "source-stale": " is read completely again",
    "mass-change": ": no more open at once than on other days",
    "rule-demoted": " is found useful again",
    "source-emptied": " has what was missing, or its loss is accepted",
    "unknown-link-type": " can be read now",
    "unmapped-team": " are known again",
    "unmapped-status": " are known again",
    "unknown-name": " is known, or called so no more",
    "clock-skew": " is right again",
}
_SMALL_WORDS = frozenset(
    ("It", "Its", "All", "The", "No", "None", "Each", "By", "A", "An", "What", "Somebody")
)


def over(told: Transition, for_leader: bool, zone: str = "UTC") -> str:
    """The headline of an alert that has ended, to somebody in `zone`; "" for one that has not."""
    reason, finding = told.reason, told.alert.finding
    title = clean_text(finding.title or finding.ref, 120)
    ref = clean_text(finding.ref, 80)
    name = title if for_leader or ref in title else f"{title} ({ref})"
    if reason is Reason.NO_LONGER_VISIBLE:
        return f"{told.called.capitalize()}: {name}"
    if reason is not Reason.CLEARED:
        return ""
    if told.alert.frozen_by:
        return f"{name} {told.alert.frozen_by}"
    today, ahead = local_day(told.at, zone), day_ahead(finding)
    if ahead and ahead < today:
        return f"{name}: the day that it was about, {day(ahead, today)}, is over"
    lost = ": the loss of its date is settled"
    said = lost if finding.is_date_lost else _OVER.get(finding.rule)
    said = ": what it waited for is settled" if finding.as_pushed else said
    if ahead == today:
        said = ""  # A review may have begun, and where the team is the day may be over.
    return f"{name}{said}" if said else f"Over: {name}"


def halves(sentence: str, finding: Finding) -> tuple[str, str]:
    """What happened, and what follows from it: the part behind the sentence's last semicolon.

    A semicolon inside a title, a bracket or a quotation does not part it.
    """
    head, semicolon, tail = sentence.rpartition("; ")
    names = [clean_text(name) for name in (finding.title, finding.ref) if name]
    is_torn = head.count("(") != head.count(")") or head.count('"') % 2 == 1
    if not semicolon or not tail or is_torn or not any(name in head for name in names):
        return sentence.removesuffix("."), ""
    return head, tail[:1].upper() + tail[1:]


def is_said_by_pushes(effect: str) -> bool:
    """Whether the effect only names what the list of pushed items shows with its dates."""
    said = effect.removesuffix(".")
    return said.startswith("It pushes ") or said.endswith((" waits for it", " wait for it"))


def without_name(sentence: str, finding: Finding) -> str:
    """The sentence without the item's name in front, which the subject line has said."""
    title, ref = clean_text(finding.title, 120), clean_text(finding.ref, 80)
    for name in (f"{title} ({ref})", title, ref):
        rest = sentence.removeprefix(name) if name else sentence
        if rest != sentence:
            return rest.removeprefix(":").strip() or sentence
    return sentence


def same_cause(root: Finding, victims: Victims, shown: Container[str]) -> str:
    """Names what is told nowhere but with `root`, each with its alert.

    `Also late because of it: PAY-7 Wallet (D-9, overdue); and 2 more. Told with it: D-4 (stalled).`
    Titles are left out of those whose refs the mail has `shown`.
    """
    others = [one for one in victims.alerts if one.finding.subject != root.subject]
    late = all(alert.finding.standing is Standing.LATE for alert in others)
    title = "Also late because of it" if late else "With the same cause"
    own = [
        f"{one.id} ({_rule(one)})" for one in victims.alerts if one.finding.subject == root.subject
    ]
    lists = {title: [_named(alert, shown) for alert in others], "Told with it": own}
    said = [f"{head}: {', '.join(names)}" for head, names in lists.items() if names]
    said[0] += f"; and {victims.more} more" if victims.more else ""
    return f"{'. '.join(said)}."


def _named(alert: Alert, shown: Container[str]) -> str:
    finding = alert.finding
    ref, title = clean_text(finding.ref, 80), clean_text(finding.title, 80)
    name = ref if ref in shown or title.casefold() == ref.casefold() else f"{ref} {title}".strip()
    return f"{name} ({alert.id}, {_rule(alert)})"


def _rule(alert: Alert) -> str:
    return clean_text(alert.finding.rule, 60)


def clears_when(condition: str) -> str:
    """`Clears when it is done.` from `It is done.`, `Clears by itself …` from `By itself …`."""
    first, space, rest = condition.partition(" ")
    lowered = first.lower() if first in _SMALL_WORDS else first
    when = "" if first == "By" else "when "
    return f"Clears {when}{lowered}{space}{rest}" if condition else ""


def you(act: str, person: Person) -> str:
    """The act; to the one who is to do it without their own name in front."""
    name = clean_text(person.name, 120)
    rest = act.removeprefix(f"{name}: ") if name else act
    return act if rest == act else rest[:1].upper() + rest[1:]
