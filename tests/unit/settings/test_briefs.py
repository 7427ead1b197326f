"""What the configuration says of briefs and meetings becomes what the rest of syncd is told."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from syncd.model.briefs import MeetingKind
from syncd.model.people import BoundMeeting, Person, SetTime
from syncd.settings import Settings, load

PERSON = '[people.dana]\nname = "Dana"\nemail = "dana@example.com"\n'


def loaded(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "syncd.toml"
    path.write_text(text)
    return load(path, {})


def dana(tmp_path: Path, lines: str) -> Person:
    return loaded(tmp_path, PERSON + lines).reachable()[0]


@pytest.mark.parametrize(
    ("lines", "brief", "weekly"),
    [
        ("", None, None),
        ('brief = "07:45"', SetTime(at=time(7, 45)), None),
        ('brief = { every = "Mon 09:00" }', SetTime(at=time(9), weekday=0), None),
        (
            'brief = { every = "Fri 15:00", audience = "lead" }',
            None,
            SetTime(at=time(15), weekday=4),
        ),
        ('drift = "brief-only"', SetTime(at=time(8, 30)), None),
        ('drift = "brief-only"\nbrief = "10:00"', SetTime(at=time(10)), None),
        (
            'drift = "brief-only"\nbrief = { every = "Fri 15:00", audience = "lead" }',
            None,
            SetTime(at=time(15), weekday=4),
        ),
    ],
)
def test_a_brief_is_a_time_or_a_table(
    tmp_path: Path, lines: str, brief: SetTime | None, weekly: SetTime | None
) -> None:
    found = dana(tmp_path, lines)
    assert (found.brief, found.weekly) == (brief, weekly)


def test_a_meeting_says_what_it_is_about_and_when_it_is_prepared(tmp_path: Path) -> None:
    text = "[sources.cal]\nkind = 'ics'\n[teams.pay]\nowns = ['cal:x']\n[meetings.daily]\n"
    text += "match = \"cal:summary~'daily'\"\nkind = 'stand-up'\nteams = ['pay']\npack = '45m'\n"
    assert loaded(tmp_path, text).bound_meetings() == (
        BoundMeeting(
            id="daily",
            match="cal:summary~'daily'",
            kind=MeetingKind.STAND_UP,
            teams=("pay",),
            pack=timedelta(minutes=45),
        ),
    )
