"""Timelines as GitHub's REST API writes them. Pure; `at` is the address of the API."""

from __future__ import annotations

from syncd.demo.simulators.github_rows import Row, comment, issue, review, sha, stamp, team, user
from syncd.demo.simulators.github_things import Event, Item


def timeline(item: Item, at: str) -> list[Row]:
    """The timeline of an item."""
    rows = [_event(event, item, at) for event in item.events]
    reviews = [
        {**review(each, item, at), "event": "reviewed", "state": each.state.lower()}
        for each in item.reviews
    ]
    return sorted([*rows, *reviews], key=_when)


def node_id(event: Event) -> str:
    """Its id in GraphQL."""
    return f"EV_{event.id}"


def _when(row: Row) -> str:
    return str(row.get("created_at") or row.get("submitted_at") or row["committer"]["date"])


def _event(event: Event, item: Item, at: str) -> Row:
    if event.kind == "committed":
        return _commit(event, item, at)
    if event.kind == "commented":
        return _comment(event, item, at)
    if event.kind == "cross-referenced":
        return {
            "event": event.kind,
            "actor": user(event.actor, at),
            "created_at": stamp(event.at),
            "updated_at": stamp(event.at),
            "source": {"type": "issue", "issue": issue(event.data["source"], at)},
        }
    return {
        "id": event.id,
        "node_id": node_id(event),
        "url": f"{at}/repos/{item.repo.full_name}/issues/events/{event.id}",
        "actor": user(event.actor, at),
        "event": event.kind,
        "commit_id": None,
        "commit_url": None,
        "created_at": stamp(event.at),
        "performed_via_github_app": None,
        **_told(event, at),
    }


def _told(event: Event, at: str) -> Row:
    data = event.data
    if "label" in data:
        return {"label": {"name": data["label"], "color": "ededed"}}
    if "assignee" in data:
        return {"assignee": user(data["assignee"], at)}
    if "milestone" in data:
        return {"milestone": {"title": data["milestone"]}}
    if "new" in data:
        return {"rename": {"from": data["old"], "to": data["new"]}}
    if "reviewer" in data:
        asked = data["reviewer"]
        which = ("requested_team", team(asked, at)) if isinstance(asked, str) else (
            "requested_reviewer", user(asked, at))  # fmt: skip
        return {"review_requester": user(event.actor, at), which[0]: which[1]}
    return {"state_reason": data["reason"]} if "reason" in data else {}


def _commit(event: Event, item: Item, at: str) -> Row:
    name = sha(f"{item.ref} {event.id}")
    url = f"{at}/repos/{item.repo.full_name}/git/commits/{name}"
    who = {
        "name": event.actor.name or event.actor.login,
        "email": f"{event.actor.login}@example.com",
        "date": stamp(event.at),
    }
    return {
        "event": "committed",
        "sha": name,
        "node_id": f"C_{event.id}",
        "url": url,
        "html_url": f"{at}/{item.repo.full_name}/commit/{name}",
        "author": who,
        "committer": who,
        "message": event.data["message"],
        "tree": {"sha": sha(f"tree {name}"), "url": f"{url}/tree"},
        "parents": [],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            **dict.fromkeys(("signature", "payload", "verified_at")),
        },
    }


def _comment(event: Event, item: Item, at: str) -> Row:
    return {
        "event": "commented",
        **comment(event, item, at),
        "node_id": node_id(event),
        "actor": user(event.actor, at),
        "updated_at": stamp(event.at),
    }
