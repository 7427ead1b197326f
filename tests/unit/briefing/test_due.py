"""When briefs and packs are due: once, at the reader's own time, and never for what has changed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from briefs import guests, material, organisation, people
from hypothesis import given
from hypothesis import strategies as st

from syncd.alerts.delivery import queue
from syncd.briefing.due import Moment, Set, at_set_times, expired, occasion, since
from syncd.briefing.material import Material
from syncd.briefing.meetings import today
from syncd.briefing.reader import Reader
from syncd.model.alerts import Message, MessageState, NoticeKind
from syncd.model.calendar import WorkingCalendar
from syncd.model.items import CalendarEvent
from syncd.model.people import BoundMeeting, SetTime
from syncd.model.snapshot import Snapshot
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.builders import at, event, issue, person, snapshot, version

MAIL = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
QUARTER = timedelta(minutes=15)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


class Outbox:
    """What a service would keep from pass to pass."""

    def __init__(self, meetings: tuple[BoundMeeting, ...] = ()) -> None:
        self.messages: dict[str, Message] = {}
        self.meetings = meetings
        self.config = organisation()

    def passes(self, held: Snapshot) -> tuple[Message, ...]:
        """One pass over a snapshot; gives what it queued."""
        made = material(held, self.config, meetings=self.meetings)
        found = at_set_times(self.moment(held, made))
        mail = {"mail": EmailNotifier("mail", MAIL)}
        fresh = queue(
            found.notices, self.config.people, mail, held.as_of, stored=set(self.messages)
        )
        self.messages |= {one.message_id: one for one in (*found.withdrawn, *fresh)}
        return fresh

    def moment(self, held: Snapshot, made: Material) -> Moment:
        return Moment(
            snapshot=held, config=self.config, messages=tuple(self.messages.values()),
            ahead=QUARTER, bound=self.meetings, material=lambda: made,
        )  # fmt: skip

    def deliver(self, now: datetime) -> None:
        """Everything due is accepted."""
        for one in list(self.messages.values()):
            if one.state is MessageState.WAITING and one.send_after <= now:
                sent = replace(one, state=MessageState.SENT, sent_at=now)
                self.messages[one.message_id] = sent

    def of(self, kind: NoticeKind, state: MessageState) -> list[Message]:
        return [one for one in self.messages.values() if one.reason == kind and one.state is state]


def ticks(first: date, days: int, clocks: Iterable[time], zone: str) -> list[datetime]:
    found = [
        datetime.combine(first + timedelta(days=n), clock, ZoneInfo(zone)).astimezone(UTC)
        for n in range(days)
        for clock in clocks
    ]
    return sorted(found)


@pytest.mark.parametrize("zone", ZONES)
@given(
    first=st.sampled_from(
        [date(2026, 3, 5), date(2026, 3, 25), date(2026, 10, 1), date(2026, 10, 30)]
    ),
    clock=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    minutes=st.lists(st.integers(0, 1439), min_size=1, max_size=8),
)
def test_one_brief_each_working_day_at_the_local_time_over_both_changes_of_the_clock(
    zone: str, first: date, clock: time, minutes: list[int]
) -> None:
    """However irregular the passes are, as long as one comes after the time on the same day."""
    who = person(timezone=zone, brief=SetTime(at=clock))
    calendar = WorkingCalendar(zone=zone)
    clocks = {time(one // 60, one % 60) for one in minutes} | {time(23, 59)}
    made: dict[date, datetime] = {}
    for now in ticks(first, 14, clocks, zone):
        one = occasion(who, calendar, now, QUARTER)
        if one is not None:
            made.setdefault(one.day, max(one.at, now))
    wanted = [first + timedelta(days=n) for n in range(14)]
    assert list(made) == [day for day in wanted if day.weekday() < 5]
    for day, leaves in made.items():
        local = leaves.astimezone(ZoneInfo(zone))
        assert local.date() == day
        its_time = datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
        assert leaves >= its_time, "never before its time"


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 27), "07:30"),
        ("Europe/Berlin", date(2026, 3, 30), "06:30"),
        ("Europe/Berlin", date(2026, 10, 26), "07:30"),
        ("America/New_York", date(2026, 3, 9), "12:30"),
        ("America/New_York", date(2026, 11, 2), "13:30"),
    ],
)
def test_half_past_eight_is_half_past_eight_on_both_sides_of_the_change(
    zone: str, day: date, utc: str
) -> None:
    who = person(timezone=zone, brief=SetTime(at=time(8, 30)))
    now = datetime.combine(day, time(8, 20), ZoneInfo(zone)).astimezone(UTC)
    one = occasion(who, WorkingCalendar(zone=zone), now, QUARTER)
    assert one is not None
    assert f"{one.at:%H:%M}" == utc


def test_days_off_and_quiet_hours_are_the_readers_own() -> None:
    monday = date(2026, 11, 23)
    off = WorkingCalendar(zone="Europe/Berlin", days_off=frozenset({monday}))
    dana = people()[0]
    assert occasion(dana, off, at("2026-11-23 08:00"), QUARTER) is None
    still = replace(dana, quiet=(time(18), time(9)))
    one = occasion(still, WorkingCalendar(zone="Europe/Berlin"), at("2026-11-23 08:00"), QUARTER)
    assert one is not None
    assert one.at == at("2026-11-23 08:00"), "09:00 in Berlin"


def test_a_brief_that_quiet_hours_hold_over_night_comes_in_the_morning() -> None:
    late = replace(people()[0], brief=SetTime(at=time(18, 30)), quiet=(time(18), time(9)))
    calendar = WorkingCalendar(zone="Europe/Berlin")
    passes = [at("2026-11-23 18:00") + n * QUARTER for n in range(96)]
    found = [one for now in passes if (one := occasion(late, calendar, now, QUARTER))]
    assert {one.day for one in found} == {date(2026, 11, 23)}
    assert {one.at for one in found} == {at("2026-11-24 08:00")}


def test_a_set_day_of_the_week_comes_on_that_day_only() -> None:
    who = person(brief=SetTime(at=time(8, 30), weekday=2))
    days = [at(f"2026-11-{day} 09:00") for day in range(16, 30)]
    found = [one.day for now in days if (one := occasion(who, WorkingCalendar(), now, QUARTER))]
    assert found == [date(2026, 11, 18), date(2026, 11, 25)]


def test_after_two_days_asleep_one_brief_comes_that_tells_of_both() -> None:
    outbox = Outbox()
    outbox.passes(snapshot(as_of="2026-11-18 07:25"))
    outbox.deliver(at("2026-11-18 08:30"))
    slept = snapshot(as_of="2026-11-20 10:00")
    fresh = [one for one in outbox.passes(slept) if one.person == "dana"]
    assert len(fresh) == 1
    told = since(people()[0], WorkingCalendar(), tuple(outbox.messages.values()), slept.as_of)
    assert told == at("2026-11-18 07:25")
    assert b"since Wednesday" in fresh[0].body
    assert not outbox.passes(snapshot(as_of="2026-11-20 10:15")), "and not again"


def test_a_brief_that_never_left_is_replaced_by_the_next_which_tells_the_same() -> None:
    outbox = Outbox()
    outbox.passes(snapshot(as_of="2026-11-19 07:25"))
    outbox.passes(snapshot(as_of="2026-11-20 07:25"))
    waiting = outbox.of(NoticeKind.BRIEF, MessageState.WAITING)
    assert sorted(one.person for one in waiting) == ["dana", "vp", "wtan"]
    assert {one.queued_at for one in waiting} == {at("2026-11-20 07:25")}
    assert len(outbox.of(NoticeKind.BRIEF, MessageState.SUPERSEDED)) == 3


def review(when: str, **fields: object) -> CalendarEvent:
    return event(
        "Checkout go / no-go", when, ref="review",
        attendees=guests("dana@example.com", "boss@elsewhere.test", declined="vp@example.com"),
        **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def launch(when: str, as_of: str, **fields: object) -> Snapshot:
    made = version("checkout-v3", release="2026-12-15", scope="LED")
    return snapshot(
        made, issue("LED-88", milestones=(made.key,)), review(when, **fields), as_of=as_of
    )


def packs(messages: Iterable[Message]) -> list[str]:
    return [one.recipient for one in messages if one.reason == NoticeKind.PACK]


def test_the_pack_of_a_review_goes_half_an_hour_before_it_to_guests_that_are_known_only() -> None:
    outbox = Outbox()
    assert packs(outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:44"))) == []
    fresh = outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:45"))
    assert packs(fresh) == ["dana@example.com"], "neither a stranger nor who declined"
    assert fresh[0].send_after == at("2026-11-23 14:00")
    assert packs(outbox.passes(launch("2026-11-23 14:30", "2026-11-23 14:15"))) == []


def test_of_a_meeting_that_moved_the_waiting_pack_is_dropped_and_the_right_one_sent() -> None:
    outbox = Outbox()
    outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:45"))
    outbox.passes(launch("2026-11-23 16:30", "2026-11-23 13:50"))
    dropped = outbox.of(NoticeKind.PACK, MessageState.SUPERSEDED)
    assert [one.error for one in dropped] == [
        "the meeting was moved, cancelled or declined, or it has begun"
    ]
    assert packs(outbox.passes(launch("2026-11-23 16:30", "2026-11-23 15:50"))) == [
        "dana@example.com"
    ]


def test_a_meeting_that_moves_away_and_back_has_its_pack() -> None:
    outbox = Outbox()
    outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:45"))
    outbox.passes(launch("2026-11-23 16:30", "2026-11-23 13:50"))
    assert packs(outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:55"))) == [
        "dana@example.com"
    ]


def test_who_declines_before_the_pack_left_gets_none_and_who_comes_after_all_does() -> None:
    outbox = Outbox()
    coming = launch("2026-11-23 14:30", "2026-11-23 13:45")
    outbox.passes(coming)
    declined = tuple(
        replace(one, attendees=guests("boss@elsewhere.test", declined="dana@example.com"))
        for one in coming.events
    )
    assert outbox.passes(replace(coming, events=declined, as_of=at("2026-11-23 13:50"))) == ()
    (dropped,) = outbox.of(NoticeKind.PACK, MessageState.SUPERSEDED)
    assert dropped.recipient == "dana@example.com"
    again = launch("2026-11-23 14:30", "2026-11-23 13:55")
    assert packs(outbox.passes(again)) == ["dana@example.com"]


@pytest.mark.parametrize("gone", [{"status": "cancelled"}, {"private": True, "title": ""}])
def test_a_cancelled_or_hidden_meeting_has_no_pack(gone: dict[str, object]) -> None:
    outbox = Outbox()
    outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:45"))
    held = launch("2026-11-23 14:30", "2026-11-23 13:50")
    events = tuple(replace(one, **gone) for one in held.events)  # type: ignore[arg-type]
    assert packs(outbox.passes(replace(held, events=events))) == []
    assert len(outbox.of(NoticeKind.PACK, MessageState.SUPERSEDED)) == 1


def test_a_pack_is_sent_once_though_the_meeting_moves_within_its_day() -> None:
    outbox = Outbox()
    outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:55"))
    outbox.deliver(at("2026-11-23 14:05"))
    assert packs(outbox.passes(launch("2026-11-23 15:30", "2026-11-23 15:00"))) == []
    assert packs(outbox.passes(launch("2026-11-25 15:30", "2026-11-25 15:00"))) == [
        "dana@example.com"
    ], "on another day it is another meeting"


def test_the_day_of_a_meeting_is_that_of_its_place() -> None:
    """In Los Angeles 16:30 is the same afternoon as 15:30, in UTC it is another day."""
    outbox, there = Outbox(), {"first_day": date(2026, 11, 23), "last_day": date(2026, 11, 23)}

    def held(when: str, as_of: str) -> Snapshot:
        then = launch(when, as_of)
        events = tuple(replace(one, zone="America/Los_Angeles", **there) for one in then.events)
        return replace(then, events=events)

    outbox.passes(held("2026-11-23 23:30", "2026-11-23 22:55"))
    outbox.deliver(at("2026-11-23 23:05"))
    assert packs(outbox.passes(held("2026-11-24 00:30", "2026-11-23 23:55"))) == []


def test_a_pack_that_could_not_leave_is_dropped_once_its_meeting_has_begun() -> None:
    outbox = Outbox()
    outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:55"))
    outbox.passes(launch("2026-11-23 14:30", "2026-11-23 14:31"))
    assert not outbox.of(NoticeKind.PACK, MessageState.WAITING)


def test_a_pack_is_not_sent_between_two_passes_once_its_meeting_has_begun() -> None:
    queued = Outbox().passes(launch("2026-11-23 14:30", "2026-11-23 13:55"))
    pack = next(one for one in queued if one.reason == NoticeKind.PACK)
    starts = at("2026-11-23 14:30")
    assert expired(pack, starts - timedelta(seconds=1)) is None
    end = expired(pack, starts)
    assert end is not None
    assert (end.state, end.error) == (MessageState.SUPERSEDED, "expired: the meeting has begun")
    assert expired(replace(pack, alerts=(("asked for: pack x", 1),)), starts) is None


def test_a_guest_is_a_guest_also_where_their_brief_is_asked_for_in_another_zone() -> None:
    held = launch("2026-11-23 14:30", "2026-11-23 13:45")
    known = material(held, organisation())
    dana = replace(people()[0], timezone="Asia/Tokyo")
    assert [one.title for one in today(Reader.of(dana, known))] == [held.events[0].title]


def standup(*who: str) -> Snapshot:
    daily = event("Ledger stand-up", "2026-11-23 13:30", attendees=guests(*who))
    return snapshot(daily, as_of="2026-11-23 13:05")


def test_other_meetings_have_packs_where_the_configuration_binds_them() -> None:
    assert packs(Outbox().passes(standup("rosei@example.com"))) == []
    bound = BoundMeeting(id="daily", match="calendar:summary~'stand-up'", teams=("ledger",))
    assert packs(Outbox((bound,)).passes(standup("rosei@example.com"))) == ["rosei@example.com"]
    assert (
        packs(Outbox((replace(bound, pack=timedelta()),)).passes(standup("rosei@example.com")))
        == []
    )


def test_a_bound_meeting_without_guests_is_prepared_for_whoever_runs_what_it_is_about() -> None:
    bound = BoundMeeting(id="daily", match="calendar:summary~'stand-up'", teams=("ledger",))
    fresh = Outbox((bound,)).passes(standup())
    assert packs(fresh) == ["dana@example.com", "rosei@example.com"]


def test_whoever_wants_no_packs_gets_none() -> None:
    outbox = Outbox()
    some = tuple(replace(one, packs=False) for one in people())
    outbox.config = organisation(people=some)
    assert packs(outbox.passes(launch("2026-11-23 14:30", "2026-11-23 13:55"))) == []


def test_nothing_is_joined_while_nothing_is_due() -> None:
    def never() -> Material:
        raise AssertionError("the snapshot was joined for nothing")

    held = snapshot(as_of="2026-11-22 12:00")
    moment = Outbox().moment(held, material(held, organisation()))
    assert at_set_times(replace(moment, material=never)) == Set()
    lunch = snapshot(event("Lunch", "2026-11-22 12:10"), as_of="2026-11-22 12:00")
    assert at_set_times(replace(moment, snapshot=lunch, material=never)) == Set()
