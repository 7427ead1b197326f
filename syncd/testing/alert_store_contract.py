"""What a store promises about alerts, runs, decisions and the outbox: a part of `StoreContract`."""

# ruff: noqa: S101, D102 - a test suite asserts, and its tests are named by what they promise

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from syncd.interfaces import Page, Store
from syncd.model.acts import Act, ActKind, Promise, Seen, Verdict
from syncd.model.alerts import Alert, AlertState, Hold, Message, MessageState, Reason, Transition
from syncd.model.findings import Severity
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.links import LinkDecision
from syncd.model.runs import Declared, RuleRun, RunRecord
from syncd.model.snapshot import Scope
from syncd.testing.alerts import alert, finding, rich_finding
from syncd.testing.builders import AS_OF, issue

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def step(told: Alert, reason: Reason = Reason.OPENED) -> Transition:
    """A recorded change that leads to this alert."""
    return Transition(alert=told, before=None, reason=reason, at=AS_OF, told=True)


def run(name: str = "r1", moment: datetime = AS_OF) -> RunRecord:
    """A run in which nothing was found."""
    return RunRecord(
        id=name,
        started_at=moment,
        ended_at=moment,
        as_of=moment,
        snapshot_hash="ab12",
        findings=0,
        transitions=0,
        opened=0,
        exit_code=0,
    )


def message(told: Alert, *, person: str = "dana", **fields: object) -> Message:
    """A waiting message about one alert."""
    made = Message(
        message_id=f"<{told.fingerprint}.{told.update}.{person}@syncd.test>",
        notifier="mail",
        person=person,
        recipient=f"{person}@example.com",
        subject=told.finding.title,
        body=b"Subject: x\r\n\r\n\xff\x00 bytes",
        fallback=b"plain",
        alerts=((told.fingerprint, told.update),),
        reason="opened",
        queued_at=AS_OF,
        send_after=AS_OF,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


class AlertStoreContract(ABC):
    """Alerts come back whole, messages live to their end, nothing is recorded twice."""

    @abstractmethod
    def store(self, folder: Path) -> Store:
        """An open store on the folder; the caller closes it."""

    def test_alerts_come_back_with_their_whole_life(self, tmp_path: Path) -> None:
        opened = alert(rich_finding(), number=1)
        worse = replace(opened, update=2, flips=(AS_OF,), frozen_since=AS_OF)
        other = alert(finding("PAY-7"), number=2, state=AlertState.PENDING)
        steps = [step(opened), step(other), step(worse, Reason.WORSE)]
        with closing(self.store(tmp_path)) as store:
            assert store.next_number() == 1
            store.record(run(), steps, [])
        with closing(self.store(tmp_path)) as store:
            assert store.alerts() == (worse, other)
            assert store.alerts(AlertState.PENDING) == (other,)
            assert store.history(opened.fingerprint) == (steps[0], steps[2])
            assert store.next_number() == 3
            assert store.runs(5) == (run(),)

    def test_a_run_is_recorded_once(self, tmp_path: Path) -> None:
        told = alert()
        with closing(self.store(tmp_path)) as store:
            for _ in range(2):
                store.record(run("r1"), [step(told)], [message(told)])
            store.record(run("r2"), [], [message(told)])
            assert [one.id for one in store.runs(9)] == ["r2", "r1"]
            assert [one.id for one in store.runs(1)] == ["r2"]
            store.record(replace(run("r2"), exit_code=3), [], [])
            assert [one.exit_code for one in store.runs(9)] == [3, 0]
            assert len(store.history(told.fingerprint)) == 1
            assert store.messages() == (message(told),)

    def test_scopes_are_new_until_a_pass_that_saw_them_whole(self, tmp_path: Path) -> None:
        pay, ops = Scope("jira", "PAY"), Scope("jira", "OPS")
        whole = Page(items=(issue("PAY-1"),), last=True, listing=True, cursor="c")
        with closing(self.store(tmp_path)) as store:
            store.commit(pay, whole, AS_OF)
            store.commit(ops, Page(items=(issue("OPS-1"),)), AS_OF)
            assert store.snapshot(AS_OF).joined() == {pay}
            store.record(run("r1"), [], [], judged={pay})
            store.commit(ops, Page(last=True), AS_OF)
            assert store.snapshot(AS_OF).joined() == {ops}
            store.record(run("r2"), [], [], judged={ops})
            store.retire("jira", ["OPS"])
            assert store.snapshot(AS_OF).retired == {pay}
            store.retire("jira", ["PAY", "OPS"])
            back = store.snapshot(AS_OF)
            assert (back.retired, back.joined(), store.cursor(pay)) == (
                frozenset(),
                frozenset(),
                None,
            )
            store.commit(pay, whole, AS_OF + HOUR)
            assert store.snapshot(AS_OF).joined() == {pay}

    def test_what_a_run_judged_by_and_what_its_rules_found_come_back(self, tmp_path: Path) -> None:
        rules = (
            RuleRun(rule="overdue", firing=3, clear=40, unknown=0, seconds=0.25),
            RuleRun(rule="stalled", firing=0, unknown=12),
        )
        first = replace(
            run(),
            rules=rules,
            config_hash="cd34",
            calendar_data="holidays 0.86, tzdata 2025b",
            code_version="syncd 0.1.0",
            too_early=frozenset({"ab12"}),
            declared=(Declared(id="a", table="b", said="a", match=("jira:PAY-1",)),),
        )
        with closing(self.store(tmp_path)) as store:
            store.record(first, [], [])
            assert store.runs(1) == (first,)
            second = run("r2", AS_OF + HOUR)
            store.record(second, [], [])
            assert store.runs(1) == (second,)
            older = replace(first, too_early=frozenset(), declared=())
            assert store.runs(1, AS_OF) == (older,)
            assert store.runs(1, AS_OF - HOUR) == ()

    def test_the_newest_skew_of_a_clock_counts(self, tmp_path: Path) -> None:
        with closing(self.store(tmp_path)) as store:
            assert store.snapshot(AS_OF).skews == {}
            store.note_skew("jira", -12, AS_OF)
            store.note_skew("github", 1, AS_OF)
            store.note_skew("jira", 400, AS_OF + HOUR)
            assert store.snapshot(AS_OF + HOUR).skews == {"github": 1, "jira": 400}
            assert store.snapshot(AS_OF).skews == {"github": 1}, "nothing that was heard later"

    def test_a_forecast_is_kept_as_it_was_made(self, tmp_path: Path) -> None:
        told = Forecast(subject="deliverable:x", name="X", p50=AS_OF.date(), late=0.25, days=4.5)
        made = PastForecast(forecast=told, made_at=AS_OF, made_on=AS_OF.date())
        done = (AS_OF + 3 * DAY).date()
        otherwise = replace(made, forecast=replace(told, name="Y"), done_on=done, taken_out=2)
        with closing(self.store(tmp_path)) as store:
            store.record(run("r1"), [], [], [made])
            assert store.snapshot(AS_OF - HOUR).forecasts == ()
            assert store.snapshot(AS_OF).forecasts == (made,)
            store.record(run("r2", AS_OF + 4 * DAY), [], [], [otherwise])
            assert store.snapshot(AS_OF + 2 * DAY).forecasts == (made,)
            came_true = replace(made, done_on=done, taken_out=2)
            assert store.snapshot(AS_OF + 2 * DAY + 8 * HOUR).forecasts == (came_true,), (
                "in Kiribati"
            )
            known_by = AS_OF + 3 * DAY
            assert store.snapshot(AS_OF + 5 * DAY, known_by).forecasts == (made,)
            assert store.snapshot(AS_OF, AS_OF).forecasts == (), "no pass knows what it will keep"
            again = AS_OF + 4 * DAY
            assert store.snapshot(again, again).forecasts == (made,)

    def test_the_last_word_on_two_items_is_kept_whichever_way_round(self, tmp_path: Path) -> None:
        one, other, third = (issue(f"PAY-{number}").key for number in (1, 2, 3))
        first = LinkDecision(
            dependant=one, prerequisite=other, accepted=False, at=AS_OF, by="dana", reason="no"
        )
        last = LinkDecision(
            dependant=other, prerequisite=one, accepted=True, at=AS_OF + HOUR, by="ada"
        )
        kept = LinkDecision(dependant=one, prerequisite=third, accepted=True, at=AS_OF, by="ada")
        with closing(self.store(tmp_path)) as store:
            assert store.link_decisions() == ()
            for decision in (first, kept, last):
                store.decide_link(decision)
        with closing(self.store(tmp_path)) as store:
            assert store.link_decisions() == (kept, last)

    def test_what_people_did_is_kept_whole_in_the_order_of_doing_it(self, tmp_path: Path) -> None:
        seen = Seen(
            fingerprint="f", number=4, rule="overdue", title="T", update=2,
            severity=Severity.HIGH, slip=3, material="x", teams=("ledger",), root="r",
        )  # fmt: skip
        day = (AS_OF + DAY).date()
        promise = Promise(deliverable="checkout", name="Checkout 2.0", day=day)
        done = (
            Act(kind=ActKind.ACCEPT, at=AS_OF, by="dana", text="why", until=day, seen=seen),
            Act(kind=ActKind.FEEDBACK, at=AS_OF, by="leo", verdict=Verdict.KNOWN, seen=seen),
            Act(kind=ActKind.BASELINE, at=AS_OF - DAY, by="dana", name="plan", promises=(promise,)),
        )
        with closing(self.store(tmp_path)) as store:
            assert store.acts() == ()
            for act in (*done, done[0]):
                store.keep_act(act)
        with closing(self.store(tmp_path)) as store:
            assert store.acts() == (*done, done[0])

    def test_a_message_lives_from_queue_to_its_end(self, tmp_path: Path) -> None:
        waiting = message(alert())
        tried = replace(waiting, attempts=1, error="busy", send_after=AS_OF + HOUR, in_doubt=True)
        sent = replace(tried, state=MessageState.SENT, attempts=2, sent_at=AS_OF + HOUR, error="")
        with closing(self.store(tmp_path)) as store:
            store.record(run(), [], [waiting])
            assert store.due(AS_OF - HOUR) == ()
            assert store.due(AS_OF) == (waiting,)
            store.settle(tried)
            assert store.due(AS_OF) == ()
            assert store.due(AS_OF + HOUR) == (tried,)
            store.settle(sent)
            assert store.due(AS_OF + DAY) == ()
            assert store.messages(MessageState.SENT) == (sent,)
            assert store.messages(MessageState.WAITING, MessageState.DEAD) == ()

    def test_a_message_can_be_kept_without_a_run(self, tmp_path: Path) -> None:
        wanted = message(alert())
        with closing(self.store(tmp_path)) as store:
            store.record(None, [], [wanted])
            store.record(None, [], [wanted])
            assert store.due(AS_OF) == (wanted,)
            assert store.runs(1) == ()

    def test_a_withdrawn_message_is_kept_with_its_reason(self, tmp_path: Path) -> None:
        first, second = alert(), alert(update=2)
        withdrawn = replace(
            message(first), state=MessageState.SUPERSEDED, error="replaced by update 2"
        )
        sent = replace(message(first, person="kim"), state=MessageState.SENT, sent_at=AS_OF)
        with closing(self.store(tmp_path)) as store:
            store.record(run("r1"), [], [message(first), message(first, person="kim")])
            store.settle(sent)
            late = replace(withdrawn, message_id=sent.message_id, person="kim")
            store.record(run("r2"), [], [message(second), withdrawn, late])
            assert store.messages(MessageState.SUPERSEDED) == (withdrawn,)
            assert store.messages(MessageState.SENT) == (sent,)
            assert store.due(AS_OF) == (message(second),)

    def test_a_withdrawn_message_that_is_queued_again_waits_again(self, tmp_path: Path) -> None:
        first = message(alert())
        gone = replace(first, state=MessageState.SUPERSEDED, error="replaced by newer news")
        again = replace(first, body=b"less", hold=Hold.QUIET, veiled=(first.alerts[0][0],))
        with closing(self.store(tmp_path)) as store:
            store.record(run("r1"), [], [first])
            store.record(run("r2"), [], [gone])
            store.record(run("r3"), [], [again])
            assert store.due(AS_OF) == (again,)
            store.record(run("r4"), [], [first, replace(gone, error="hidden")])
            assert store.due(AS_OF) == (first,)
            store.settle(replace(first, state=MessageState.SENT, sent_at=AS_OF))
            store.record(run("r5"), [], [again])
            assert store.due(AS_OF) == ()

    def test_a_message_that_is_queued_again_in_its_pause_stays_in_it(self, tmp_path: Path) -> None:
        wanted = message(alert())
        tried = replace(wanted, attempts=1, error="asked to wait: busy", send_after=AS_OF + HOUR)
        with closing(self.store(tmp_path)) as store:
            store.record(None, [], [wanted])
            store.settle(tried)
            store.record(None, [], [wanted])
            assert store.messages() == (tried,)

    def test_updates_that_are_queued_together_leave_in_their_order(self, tmp_path: Path) -> None:
        one, other = alert(), alert(finding("P-2"))
        third = replace(one, update=3)
        both = ((third.fingerprint, 3), (other.fingerprint, 1))
        digest, second = message(third, alerts=both), message(replace(one, update=2))
        with closing(self.store(tmp_path)) as store:
            store.record(None, [], [digest, second])
            assert store.due(AS_OF) == (second, digest)

    def test_an_update_does_not_overtake_the_one_before_it(self, tmp_path: Path) -> None:
        first, second = alert(), alert(update=2)
        backing_off = replace(message(first), attempts=1, send_after=AS_OF + HOUR)
        other = message(second, person="kim")
        with closing(self.store(tmp_path)) as store:
            store.record(run("r1"), [], [message(first)])
            store.settle(backing_off)
            store.record(run("r2"), [], [message(second), other])
            assert store.due(AS_OF) == (other,)
            assert [one.alerts[0][1] for one in store.due(AS_OF + DAY)] == [1, 2, 2]
