"""A team that got another id: what people heard of it they heard of the same team."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from syncd.model.alerts import Alert
from syncd.model.findings import Evaluation

Knows = Callable[[str, Collection[str]], bool]
"""Whether all who lead a team, by id, heard of some of the alerts, by fingerprint."""


def under_new_names(
    alerts: Sequence[Alert], evaluation: Evaluation, teams: Collection[str], knows: Knows
) -> Sequence[Alert]:
    """The alerts as if people had heard of them by the ids that the `teams` have now."""
    names = _renames(alerts, evaluation, teams, knows)
    return [_renamed(one, names) for one in alerts] if names else alerts


def _renames(
    alerts: Sequence[Alert], evaluation: Evaluation, teams: Collection[str], knows: Knows
) -> Mapping[str, str]:
    """Id that no team has any more → id under which all that was its own is found now.

    One of which people heard before is no new name, nor one whose lead heard of nothing that was
    the other's: what it takes over is news to it.
    """
    firing = {one.fingerprint: one for one in (*evaluation.holding, *evaluation.findings)}
    heard = {team for alert in alerts for team in alert.told_teams or ()}
    new, names = set(teams) - heard, dict[str, str]()
    pairs = [
        (
            alert.fingerprint,
            alert.told_teams or (),
            new.intersection(firing[alert.fingerprint].teams),
        )
        for alert in alerts
        if alert.fingerprint in firing
    ]
    for team in heard.difference(teams) if new else ():
        its = {print_: now for print_, before, now in pairs if team in before}
        others = [now for _, before, now in pairs if team not in before]
        left = set.intersection(*its.values()).difference(*others) if its else set[str]()
        if len(left) == 1 and knows(name := left.pop(), its):
            names[team] = name
    return names if len(set(names.values())) == len(names) else {}


def _renamed(alert: Alert, names: Mapping[str, str]) -> Alert:
    """The alert as if people had heard of it under these names; what it found keeps the old ones.

    So the first pass under a new name records that people know it.
    """
    if names.keys().isdisjoint(alert.told_teams or ()):
        return alert
    finding, owner = alert.finding, alert.finding.owner or ""
    kind, _, team = owner.partition(":")
    return replace(
        alert,
        told_teams=_all(alert.told_teams or (), names),
        told_material="\n".join(_all(alert.told_material.split("\n"), names)),
        finding=replace(
            finding,
            owner=f"team:{names[team]}" if kind == "team" and team in names else finding.owner,
            material="\n".join(_all(finding.material.split("\n"), names)),
        ),
    )


def _all(words: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names.get(word, word) for word in words)
