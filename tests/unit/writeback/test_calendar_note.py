"""A note at the end of an event's description; nobody's edit is lost, nobody is invited anew."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from syncd.connectors.google_calendar.mapping import Calendar, event
from syncd.errors import ChangedMeanwhile, DeliveryError
from syncd.interfaces import Mark
from syncd.model.items import ItemKey, Kind
from syncd.model.remarks import DECLINED
from syncd.writing import DateEdit, Invitations

from .conftest import INSTANCE, PLAN, PRINT, note

BERLIN = ZoneInfo("Europe/Berlin")


def raw(sim, native_id=None):
    return sim.calendars[PLAN].events[native_id or sim.event]


def of(sim, native_id=None, **more):
    return note("Launch", native_id or sim.event, Kind.EVENT, source="calendar", scope=PLAN, **more)


def test_a_note_stands_below_what_people_wrote_and_is_edited_in_place(calendar, calendar_notes):
    calendar.edit_event(PLAN, calendar.event, description="Agenda:\n- go or no-go")
    writer = calendar_notes()
    writer.send(of(calendar))
    writer.send(of(calendar))
    assert len(calendar.patches) == 1
    text = raw(calendar)["description"]
    assert text.startswith("Agenda:\n- go or no-go\n\n--- syncd ---\nsyncd: Capture is late")
    writer.send(of(calendar, known=True, over=True, lines=("This is over.",)))
    text = raw(calendar)["description"]
    assert text.startswith("Agenda:\n- go or no-go")
    assert text.count("--- syncd ---") == 1
    assert "This is over" in text
    assert "Capture" not in text
    assert {request.query["sendUpdates"] for request in calendar.patches} == {"none"}
    assert raw(calendar)["start"] == {"date": "2026-12-11"}


def test_our_note_makes_no_link(calendar, calendar_notes):
    calendar_notes().send(of(calendar, lines=("PAY-142 is late, says LED-88.",)))
    assert event(raw(calendar), Calendar(source="calendar", id=PLAN)).refs == ()


def test_an_edit_that_comes_between_is_kept(calendar, calendar_notes):
    """Somebody writes after we read and before we write: both texts stand there in the end."""
    meddled = []

    def meddle(request):
        if request.method == "PATCH" and not meddled:
            meddled.append(request)
            calendar.edit_event(PLAN, calendar.event, description="Bring the report.")
        return False

    calendar.fail(meddle)
    calendar_notes().send(of(calendar))
    text = raw(calendar)["description"]
    assert text.startswith("Bring the report.")
    assert f"syncd:{PRINT}:{INSTANCE}" in text


def test_a_note_that_a_person_took_out_is_not_written_again(calendar, calendar_notes):
    writer = calendar_notes()
    writer.send(of(calendar))
    calendar.edit_event(PLAN, calendar.event, description="Agenda")
    with pytest.raises(DeliveryError, match=DECLINED):
        writer.send(of(calendar, known=True))
    assert raw(calendar)["description"] == "Agenda"


@pytest.mark.parametrize("trouble", ["private", "cancelled", "elsewhere", "series", "gone"])
def test_what_is_not_ours_to_write_in_is_left_alone(calendar, calendar_notes, trouble):
    native_id = calendar.event
    if trouble == "private":
        calendar.edit_event(PLAN, native_id, visibility="private")
    elif trouble == "cancelled":
        calendar.cancel_event(PLAN, native_id)
    elif trouble == "elsewhere":
        calendar.edit_event(PLAN, native_id, organizer={"email": "boss@example.com"})
    elif trouble == "series":
        native_id = calendar.add_event(
            PLAN, "Weekly", date(2026, 12, 1), recurrence="FREQ=WEEKLY;COUNT=4",
            organizer={"email": PLAN, "self": True},
        )  # fmt: skip
    else:
        native_id = "nothing"
    with pytest.raises(DeliveryError) as refusal:
        calendar_notes().send(of(calendar, native_id))
    assert refusal.value.permanent
    assert not calendar.patches


def test_one_day_of_a_series_is_written_in_and_the_others_are_not(calendar, calendar_notes):
    series = calendar.add_event(
        PLAN, "Weekly", date(2026, 12, 1), recurrence="FREQ=WEEKLY;COUNT=4",
        organizer={"email": PLAN, "self": True},
    )  # fmt: skip
    calendar_notes().send(of(calendar, f"{series}_20261208"))
    assert "Capture" in raw(calendar, f"{series}_20261208")["description"]
    assert "description" not in raw(calendar, series)


def test_a_day_is_proposed_in_words_and_only_where_that_was_asked_for(calendar, calendar_notes):
    calendar_notes().send(of(calendar, proposed=date(2026, 12, 18)))
    assert "Proposed" not in raw(calendar)["description"]
    calendar_notes(proposes_dates=True).send(of(calendar, proposed=date(2026, 12, 18)))
    assert "Proposed new day: Fri 18 Dec 2026. Nothing was moved." in raw(calendar)["description"]
    assert raw(calendar)["start"] == {"date": "2026-12-11"}


def test_markup_in_a_note_is_text(calendar, calendar_notes):
    calendar_notes().send(of(calendar, lines=("<b>x</b> <a href='https://e.test'>y</a>",)))
    assert "<" not in raw(calendar)["description"]
    assert "https://" not in raw(calendar)["description"]


def test_doctor_says_when_the_calendar_is_not_shared_for_writing(calendar, calendar_notes):
    assert {one.mark for one in calendar_notes().check()} == {Mark.NOTE}
    calendar.calendars[PLAN].role = "reader"
    (failed,) = [one for one in calendar_notes().check() if one.mark is Mark.FAILED]
    assert "Make changes to events" in failed.fix
    with pytest.raises(DeliveryError) as refusal:
        calendar_notes().send(of(calendar))
    assert refusal.value.permanent


def edit_of(sim, native_id, before, after):
    return DateEdit(
        item=ItemKey("calendar", Kind.EVENT, native_id), ref="Launch", scope=PLAN, field="event",
        before=before, after=after,
    )  # fmt: skip


def test_a_whole_day_is_moved_with_the_guests_told_as_asked(calendar, calendar_notes):
    writer = calendar_notes(edits_dates=True)
    edit = edit_of(calendar, calendar.event, date(2026, 12, 11), date(2026, 12, 18))
    writer.edit(edit, invitations=Invitations.ALL)
    assert raw(calendar)["start"] == {"date": "2026-12-18"}
    assert raw(calendar)["end"] == {"date": "2026-12-19"}
    assert calendar.patches[0].query["sendUpdates"] == "all"
    with pytest.raises(ChangedMeanwhile, match="2026-12-18"):
        writer.edit(edit, invitations=Invitations.NONE)


def test_a_timed_event_keeps_its_time_of_day_over_the_end_of_summer_time(calendar, calendar_notes):
    start = datetime(2027, 3, 26, 10, tzinfo=BERLIN)
    native_id = calendar.add_event(PLAN, "Go", start, organizer={"email": PLAN, "self": True})
    edit = edit_of(calendar, native_id, date(2027, 3, 26), date(2027, 3, 29))
    calendar_notes(edits_dates=True).edit(edit, invitations=Invitations.NONE)
    assert raw(calendar, native_id)["start"]["dateTime"] == "2027-03-29T10:00:00+02:00"
    assert raw(calendar, native_id)["end"]["dateTime"] == "2027-03-29T11:00:00+02:00"


def test_a_move_between_reading_and_writing_is_never_overwritten(calendar, calendar_notes):
    def meddle(request):
        if request.method == "PATCH" and raw(calendar)["start"] == {"date": "2026-12-11"}:
            calendar.move_event(PLAN, calendar.event, date(2026, 12, 14))
        return False

    calendar.fail(meddle)
    edit = edit_of(calendar, calendar.event, date(2026, 12, 11), date(2026, 12, 18))
    with pytest.raises(ChangedMeanwhile):
        calendar_notes(edits_dates=True).edit(edit, invitations=Invitations.NONE)
    assert raw(calendar)["start"] == {"date": "2026-12-14"}
