"""`[alerts]` and `[routes.NAME]`: how much is said, and to whom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from syncd.model.people import Role
from syncd.model.routes import Pace
from syncd.settings.table import Table


class AlertSettings(Table):
    """Limits on noise; each can be switched off."""

    adoption: bool = True
    """The first pass records what is wrong already and tells it once, in one summary; so does the
    first reading of a project, repository or calendar that is added later, and the first answer of
    a rule that was off or had too little history."""
    avalanche: bool = True
    """A pass that would open more than max(20, 5 times the usual) alerts is held and told to
    operators."""
    quiet_hours: bool = True
    """Send nothing in the quiet hours of people, nor on their days off."""
    digest: bool = True
    """Alerts below high wait for the digest; false sends each at once, and holds nothing for a
    budget or a batch either."""
    budget: bool = True
    """At once no more than 3 mails a person and day, 10 a week, one new alert of a deliverable a
    day, one mail a day to an engineer; the rest waits for the digest. Criticals never wait."""
    batching: bool = True
    """While `serve` runs, what leaves at once waits until 3 minutes are quiet, 10 at most."""
    escalation: bool = True
    """What is grave and not answered for 3 working days, or still fires 5 working days before its
    date, goes a step up: to the owner's lead, then to who runs the program. Near its date it is
    one step graver too."""
    weekly: bool = True
    """People of role exec who set no `brief` get the weekly for leaders on Fridays at 15:00."""


class RouteSettings(Table):
    """Who is told of what: the first route that fits decides."""

    within: str | None = None
    """Refines this route: looked at only where that one fits, and then instead of it."""
    program: tuple[str, ...] = ()
    """Only findings of these programs."""
    team: tuple[str, ...] = ()
    """Only findings that concern one of these teams."""
    rule: tuple[str, ...] = ()
    """Only findings of these rules."""
    severity: Literal["info", "low", "medium", "high", "critical"] | None = None
    """Only findings of at least this severity."""
    tier: tuple[Literal["A", "B", "C"], ...] = ()
    """Only findings of these tiers."""
    owner: tuple[str, ...] = ()
    """Only what these people hold."""
    role: tuple[Role, ...] = ()
    """Only readers of these roles; all others look at the next route."""
    to: tuple[str, ...] | None = Field(
        default=None, min_length=1, examples=[["owner", "lead of team", "tpm of checkout"]]
    )
    """Who is told: ids of people, `usual`, `owner`, `operators`, `lead of team`, `lead of teams`,
    `tpm of program`, or `lead of TEAM`, `tpm of PROGRAM` by name. Without it as the route around
    it, else as usual."""
    when: Pace | None = None
    """`usual`, `now` whatever the severity, `digest` (criticals excepted), or `drop` for never."""
    goes_on: bool = Field(default=False, alias="continue")
    """Whether the routes after it are looked at too."""
