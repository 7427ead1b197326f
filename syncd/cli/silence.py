"""`syncd alerts explain --why-not SUBJECT RULE`: what keeps a rule, or its mail, silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from syncd.alerts.answers import Answers
from syncd.alerts.usefulness import rarely_useful
from syncd.alerts.withholding import tells_of
from syncd.app import App
from syncd.cli.acts import answered
from syncd.cli.alerts import answers_of, find
from syncd.cli.explain import Request
from syncd.cli.options import Options, Usage, near
from syncd.cli.reconcile import moment_of
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, open_app, zone_of
from syncd.cli.words import count, moment
from syncd.interfaces import Store
from syncd.model.alerts import (
    Alert,
    AlertState,
    Message,
    MessageState,
    NoticeKind,
    Reason,
    Transition,
)
from syncd.model.findings import Finding, Severity
from syncd.model.items import item_key
from syncd.reconciler.engine import judge
from syncd.reconciler.facts.subjects import team_name
from syncd.reconciler.silence import Answer, Outcome, about, names_in, subjects_of
from syncd.reconciler.silence import why_not as ask
from syncd.reconciler.view import View

EVERY = "all"
"""Asks every rule."""
MOST_TOLD = 10
"""Findings of one rule that are told to a person; the others are counted."""
MOST_KEPT = 5
"""People who are named of those whom a mail passes by."""

_WORDS = {
    Outcome.FIRES: "it fires",
    Outcome.HOLDS: "it keeps an alert going, and opens none",
    Outcome.UNKNOWN: "it cannot tell",
    Outcome.SILENT: "silent",
    Outcome.OFF: "off",
    Outcome.FAILED: "it failed",
}


_WAITS = {
    False: "stays open until it can",
    True: "ends as no longer known where that lasts for five working days",
}


def why_not(options: Options, name: str, rule: str, request: Request) -> int:
    """A line for the rule, or for each: the guard that it really took, or where its mail is.

    Of an item also whose it is. Of a past day however old the data was then.
    """
    if request.ids or request.replay:
        raise Usage("--why-not asks of one subject; leave out IDs and --replay")
    screen, past = Screen(options), request.as_of
    with open_app(options, read_only=True) as app:
        chosen = _rules(app, rule)
        at = moment_of(past, ZoneInfo(app.settings.timezone)) if past else now()
        view = app.view(at, assume_fresh=bool(past))
        subjects = subjects_of(view, name) or _of_alert(app.store, view, name)
        answers = [ask(view, app.rules, one, subjects, fresh=bool(past)) for one in chosen]
        owners = list(_owners(view, subjects))
        told, most = _Mails(app, view, subjects), None if screen.is_json else MOST_TOLD
        mails = [[] if past else told.of(answer, most) for answer in answers]
        if screen.is_json:
            entries = [
                {
                    "type": "why_not", "subject": clean(name), "rule": answer.rule,
                    "outcome": str(answer.outcome), "reasons": [*map(clean, answer.reasons)],
                    "alerts": [*map(clean, mail)],
                }
                for answer, mail in zip(answers, mails, strict=True)
            ]  # fmt: skip
            screen.entries("syncd/why-not/1", "answers", entries, teams=owners)
            return 0
        for answer, mail in zip(answers, mails, strict=True):
            screen.text(f"{clean(name)}, {_line(answer, mail)}", hanging=2)
        for found in owners:
            screen.note(f"{found['name']} holds it: {found['reason']}.")
        when = moment(view.snapshot.as_of, zone_of(options, app.settings), view.today)
        screen.note(f"As of {when}, from what is held.")
        if len(chosen) == 1:
            screen.note(f"syncd rules explain {chosen[0]} tells what it looks for.")
    return 0


def _owners(view: View, subjects: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Whose those are that are items, and what says so, how surely (0 to 1)."""
    for key in filter(None, map(item_key, subjects)):
        found = view.team_of(key)
        yield {
            "subject": clean(str(key)), "team": found.team, "reason": clean(found.reason),
            "name": clean(team_name(view, found.team)) if found.team else "No team",
            "confidence": found.confidence,
        }  # fmt: skip


def _rules(app: App, name: str) -> Sequence[str]:
    known = [rule.id for rule in app.rules]
    if name == EVERY:
        return known
    if name not in known:
        raise Usage(f'there is no rule "{name}"{near(name, known)}', "syncd rules list")
    return (name,)


def _of_alert(store: Store, view: View, name: str) -> Sequence[str]:
    """The subject of the alert that is called so. Raises Usage with the nearest name."""
    try:
        return (find(store, name).finding.subject,)
    except Usage:
        said = f'nothing is called "{name}"{near(name, names_in(view))}'
        raise Usage(said, "syncd alerts explain --why-not PAY-142 overdue") from None


def _line(answer: Answer, mail: Sequence[str]) -> str:
    told, more = answer.reasons[:MOST_TOLD], len(answer.reasons) - MOST_TOLD
    kind = "more finding" if answer.findings else "more reason"
    rest = [f"and {count(more, kind)}; -f json has all"] if more > 0 else []
    reasons = "; ".join(clean(one).rstrip(".") for one in (*told, *rest, *mail))
    return f"{answer.rule}: {_WORDS[answer.outcome]}: {reasons}."


@dataclass(frozen=True)
class _Mails:
    """Where the mail is about what fires, and what stays open while nobody can tell.

    What the store holds is read once, however many rules and findings are asked about.
    """

    app: App
    view: View
    subjects: Sequence[str]

    def of(self, answer: Answer, most: int | None) -> list[str]:
        """A line for each reason; of what fires for the first `most` findings."""
        if answer.outcome is Outcome.UNKNOWN:
            return [
                f"{one.id} {_WAITS[one.lost]}"
                for one in self._alerts.values()
                if one.finding.rule == answer.rule and one.state is not AlertState.RESOLVED
                and not about(one.finding).isdisjoint(self.subjects)
            ]  # fmt: skip
        if answer.outcome is not Outcome.FIRES:
            return []
        found = []
        for one in answer.findings[:most]:
            alert = self._alerts.get(one.fingerprint)
            if alert is None or alert.state is AlertState.RESOLVED:
                found.append(self._unopened(one))
            else:
                found += [f"{alert.id} {reason}" for reason in self._held(alert)]
        return found

    @cached_property
    def _alerts(self) -> dict[str, Alert]:
        return {one.fingerprint: one for one in self.app.store.alerts()}

    @cached_property
    def _messages(self) -> tuple[Message, ...]:
        return self.app.store.messages()

    @cached_property
    def _spoken_for(self) -> frozenset[str]:
        return frozenset(dict(judge(self.view, self.app.rules).inhibited))

    @cached_property
    def _answers(self) -> Answers:
        return answers_of(self.app.settings, self.app.store, self.view.snapshot.as_of)

    @cached_property
    def _demoted(self) -> dict[str, datetime]:
        return rarely_useful(self.app.settings.rules, self.app.store.acts())

    def _unopened(self, finding: Finding) -> str:
        is_spoken_for = finding.fingerprint in self._spoken_for
        spoken = " below another of the same cause" if is_spoken_for else ""
        return f"no alert is open yet; the next run opens one{spoken}, unless too many do"

    def _held(self, alert: Alert) -> Iterator[str]:
        """Whatever keeps its mail back; where nothing does, what was sent."""
        answer = self._answers.of(alert)
        if answer is not None:
            why = f": {answer.text}" if answer.text else ""
            zone = ZoneInfo(self.app.settings.timezone)
            yield f"was {answered(answer, self.view.today, zone)}{why}"
        root = self._alerts.get(alert.inhibited_by or "")
        reasons = [
            (root is not None, f"has the same cause as {root.id if root else ''}, which is told"),
            (
                alert.state is AlertState.PENDING,
                "is pending: it must be so on several days in a row",
            ),
            (alert.state is AlertState.FROZEN, f"is frozen: {alert.frozen_by}"),
            (alert.known, "was there before syncd looked, and is told when it changes"),
            (alert.unsteady, "comes and goes, so it is told in digests only"),
            (alert.finding.rule in self._demoted, "is of a rule that went to digests"),
            (alert.finding.severity < Severity.HIGH, "is below high, so it waits for a digest"),
        ]
        yield from (reason for holds, reason in reasons if holds)
        states = [one.state for one in self._messages if tells_of(one, alert.fingerprint)]
        for state in MessageState:
            if state in states:
                yield f"has {count(states.count(state), 'mail')} {state}"
        if not states:
            counted = root is None and any(_counts(one, alert) for one in self._messages)
            yield "is counted in the summary, not named" if counted else "was mailed to nobody"
        yield from _kept_from(self.app, self.view, alert)


def _counts(message: Message, alert: Alert) -> bool:
    """Whether it is the summary of old problems in which the alert is."""
    is_of_then = message.reason == NoticeKind.ADOPTION and message.queued_at == alert.opened_at
    return alert.known and is_of_then and message.state in (MessageState.SENT, MessageState.WAITING)


def _kept_from(app: App, view: View, alert: Alert) -> Iterator[str]:
    """Whom its mails pass by, and why: what they asked for, and what the configuration says."""
    at = view.snapshot.as_of
    news = Transition(alert=alert, before=None, reason=Reason.OPENED, at=at, told=True)
    kept = [one for one in app.explain(at, news) if one.is_kept_from]
    for one in kept[:MOST_KEPT]:
        line = f" ({app.settings.place(one.path)})" if one.path else ""
        yield f"passes {one.person.id} by: {one.why}{line}"
    if len(kept) > MOST_KEPT:
        more = count(len(kept) - MOST_KEPT, "other")
        yield f"passes {more} by: syncd routes test {alert.id}"
