"""What the demo leaves in words: what happened, what is open, what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from syncd.app import App, RunReport
from syncd.demo.calendar import BERLIN, LAST, Days
from syncd.model.alerts import AlertState, MessageState, Transition


def headline(app: App, last: RunReport) -> str:
    """One line of counts at the end of the story."""
    snapshot = app.store.snapshot(last.run.as_of)
    return (
        f"{len(snapshot.issues)} issues, {len(snapshot.pull_requests)} pull requests, "
        f"{len(snapshot.events)} events; {len(snapshot.changes)} changes in their history"
    )


def news(transition: Transition) -> str:
    """What became of an alert, in one line."""
    alert, finding = transition.alert, transition.alert.finding
    called = finding.title if finding.ref in finding.title else f"{finding.title} ({finding.ref})"
    return f"{alert.id} {transition.reason}: {called if alert.resolved_at else finding.summary}"


def clock(at: datetime) -> str:
    """`Fri 20 Nov 08:25`, in the zone of the demo."""
    local = at.astimezone(BERLIN)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def summary(app: App, reports: Sequence[RunReport], days: Days) -> str:
    """A Markdown page."""
    return "\n".join(_lines(app, reports, days)) + "\n"


def _lines(app: App, reports: Sequence[RunReport], days: Days) -> Iterator[str]:
    yield f"# Checkout relaunch, {days.day(0)} to {days.day(LAST)}"
    yield ""
    yield headline(app, reports[-1]) + "."
    yield ""
    yield "## Open now"
    yield ""
    alerts = [a for a in app.store.alerts(AlertState.FIRING) if not a.inhibited_by]
    for alert in sorted(alerts, key=lambda alert: (-alert.finding.severity, alert.number)):
        finding = alert.finding
        known = " (was there before)" if alert.known else ""
        yield f"- **{alert.id}** {finding.severity}, `{finding.rule}`: {finding.summary}{known}"
        yield f"  {finding.act}"
    yield ""
    yield "## Day by day"
    yield ""
    for report in reports:
        for transition in report.transitions:
            if transition.told:
                yield f"- {clock(transition.at)} {news(transition)}"
        for source in report.sources:
            for failure in source.failures[:1]:
                yield f"- {clock(report.run.as_of)} {source.source}: {failure}"
    yield ""
    yield "## Mails"
    yield ""
    sent = app.store.messages(MessageState.SENT)
    for person, count in sorted(Counter(message.recipient for message in sent).items()):
        yield f"- {person}: {count}"
