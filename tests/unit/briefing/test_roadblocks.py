"""Whose roadblock a problem is: of who holds it, and of whose date it pushes."""

from dataclasses import replace
from datetime import date

from briefs import (
    FRIDAY,
    MORNING,
    answered,
    held,
    late,
    material,
    opened,
    organisation,
    reader,
)

from syncd.alerts.audiences import Audiences
from syncd.briefing import meetings
from syncd.briefing.brief import brief
from syncd.briefing.pack import pack
from syncd.model.acts import ActKind
from syncd.model.findings import Alone, Push
from syncd.model.people import BoundMeeting
from syncd.model.routes import Audience
from syncd.model.snapshot import Scope

PUSHES = (Push(ref="MOB-57", title="Checkout screens", team="mobile", slip=5,
               planned=date(2026, 12, 1), expected=date(2026, 12, 8)),)  # fmt: skip


def test_what_pushes_a_date_of_a_team_is_in_its_way_too() -> None:
    made = material(held(), organisation(), opened(late(pushes=PUSHES), 41, MORNING))
    found = brief(reader(made), FRIDAY)
    assert {one.team: [each.alert for each in one.roadblocks] for one in found.teams} == {
        "ledger": ["D-41"], "mobile": ["D-41"], "payments": [],
    }  # fmt: skip


def test_who_may_not_see_what_pushes_them_reads_of_it_at_their_own_team() -> None:
    ledger, mobile = Scope("jira", "LED"), Scope("jira", "MOB")
    pushes = (replace(PUSHES[0], home=(mobile,)),)
    found = replace(
        late(pushes=pushes, home=(ledger,), named=(ledger, mobile)), teams=("ledger", "mobile")
    )
    known = organisation()
    hidden = Audiences(
        known.people, known.teams, known.programs,
        (Audience(source="jira", scope="LED", members=("ledger",)),),
    )  # fmt: skip
    made = material(held(), known, opened(found, 41, MORNING), audiences=hidden)
    teams = brief(reader(made, "wtan"), FRIDAY).teams
    (risk,) = next(one for one in teams if one.team == "mobile").roadblocks
    assert risk.text.startswith("Checkout screens (MOB-57) is expected on 8 Dec")


def test_the_meeting_of_a_pushed_team_hears_of_it() -> None:
    bound = BoundMeeting(id="a", match="calendar:summary~'Ledger stand-up'", teams=("mobile",))
    made = material(
        held(), organisation(), opened(late(pushes=PUSHES), 41, MORNING), meetings=(bound,)
    )
    standup = next(one for one in meetings.ahead(made) if one.title == "Ledger stand-up")
    assert [one.alert for one in pack(reader(made), standup).risks] == ["D-41"]


def test_what_was_answered_to_an_alert_is_not_told_to_who_may_not_see_all_of_it() -> None:
    """Whoever answered had all of it before them, and may speak of it in words that name no key."""
    ledger, mobile = Scope("jira", "LED"), Scope("jira", "MOB")
    alone = Alone(summary="Ledger API v2 (LED-88) is late.", plain="It is late.", act="Ask.")
    found = late(
        pushes=(replace(PUSHES[0], home=(mobile,)),), home=(ledger,), named=(ledger, mobile),
        alone=alone,
    )  # fmt: skip
    known, told = organisation(), opened(found, 41, MORNING)
    said = answered(told.alert, ActKind.ACK, "wtan", MORNING, text="The secret screens come first")

    def read(*declared: Audience) -> str:
        hidden = Audiences(known.people, known.teams, known.programs, declared)
        made = material(held(), known, told, acts=(said,), audiences=hidden)
        return str(brief(reader(made, "rosei"), FRIDAY))

    only_mobile = Audience(source="jira", scope="MOB", members=("mobile",))
    assert "secret screens" in read()
    assert "(LED-88) is late; " in read(only_mobile)
    assert "secret screens" not in read(only_mobile)
