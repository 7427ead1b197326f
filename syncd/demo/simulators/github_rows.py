"""Rows as GitHub's REST API writes them. Pure; `at` is the address of the API."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from syncd.demo.simulators.github_things import Event, Item, Milestone, Repo, Review, User

Row = dict[str, Any]

_REPO_URLS = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare",
    "contents", "contributors", "deployments", "downloads", "events", "forks", "git_commits",
    "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels",
    "languages", "merges", "milestones", "notifications", "pulls", "releases", "stargazers",
    "statuses", "subscribers", "subscription", "tags", "teams", "trees", "clone", "git", "ssh",
    "svn",
)  # fmt: skip
_USER_URLS = (
    "events", "followers", "following", "gists", "organizations", "received_events", "repos",
    "starred", "subscriptions",
)  # fmt: skip

_NOT_LISTED = frozenset(
    {
        "merged", "mergeable", "rebaseable", "mergeable_state", "merged_by", "comments", "commits",
        "review_comments", "additions", "deletions", "maintainer_can_modify", "changed_files",
    }
)  # fmt: skip


def stamp(at: datetime | None) -> str | None:
    """An instant as GitHub writes it."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def user(someone: User, at: str) -> Row:
    """Somebody, as they stand in other rows."""
    login = f"{someone.login}[bot]" if someone.is_bot else someone.login
    url = f"{at}/users/{login}"
    return {
        "login": login,
        "id": someone.id,
        "node_id": f"U_{someone.id}",
        "avatar_url": f"{at}/avatars/{someone.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{at}/{login}",
        **{f"{name}_url": f"{url}/{name}" for name in _USER_URLS},
        "type": "Bot" if someone.is_bot else "User",
        "site_admin": False,
    }


def account(someone: User, at: str, created: datetime) -> Row:
    """Whoever a token belongs to."""
    return {
        **user(someone, at),
        **dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location")),
        "name": someone.name or None,
        **dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0),
        "created_at": stamp(created),
        "updated_at": stamp(created),
    }


def repository(repo: Repo, at: str) -> Row:
    """A repository."""
    url = f"{at}/repos/{repo.full_name}"
    open_items = sum(item.state == "open" for item in repo.items.values())
    owner = User(id=repo.id + 500_000, login=repo.owner, name="")
    zeros = (
        "forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count",
        "network_count", "subscribers_count",
    )  # fmt: skip
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.full_name.partition("/")[2],
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": {**user(owner, at), "type": "Organization"},
        "html_url": f"{at}/{repo.full_name}",
        "description": None,
        "fork": False,
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in _REPO_URLS},
        **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(zeros, 0),
        "has_issues": repo.has_issues,
        **dict.fromkeys(("has_projects", "has_wiki", "has_downloads"), True),
        **dict.fromkeys(("has_pages", "has_discussions", "disabled"), False),
        "archived": repo.archived,
        "default_branch": repo.default_branch,
        "open_issues": open_items,
        "open_issues_count": open_items,
        "pushed_at": stamp(repo.created_at),
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.created_at),
    }


def milestone(found: Milestone, repo: Repo, at: str) -> Row:
    """A milestone."""
    url = f"{at}/repos/{repo.full_name}/milestones/{found.number}"
    members = [item for item in repo.items.values() if item.milestone is found]
    return {
        "url": url,
        "html_url": f"{at}/{repo.full_name}/milestone/{found.number}",
        "labels_url": f"{url}/labels",
        "id": found.id,
        "node_id": f"MI_{found.id}",
        "number": found.number,
        "title": found.title,
        "description": found.description,
        "creator": user(found.creator, at),
        "open_issues": sum(item.state == "open" for item in members),
        "closed_issues": sum(item.state == "closed" for item in members),
        "state": "closed" if found.closed_at else "open",
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
        "due_on": stamp(found.due_on),
        "closed_at": stamp(found.closed_at),
    }


def label(name: str, repo: Repo, at: str) -> Row:
    """A label."""
    number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    return {
        "id": number,
        "node_id": f"LA_{number}",
        "url": f"{at}/repos/{repo.full_name}/labels/{name.replace(' ', '%20')}",
        "name": name,
        "color": "ededed",
        "default": False,
        "description": None,
    }


def issue(item: Item, at: str, *, blocking: int = 0, children: Iterable[Item] = ()) -> Row:
    """A row of `/issues`, which lists pull requests too, under their issue's id."""
    inside = list(children)
    done = sum(child.state == "closed" for child in inside)
    waits = sum(other.state == "open" for other in item.blocked_by)
    row = {
        **_shared(item, at),
        "id": item.id,
        "url": f"{home(item, at)}",
        "events_url": f"{home(item, at)}/events",
        "labels_url": f"{home(item, at)}/labels{{/name}}",
        "timeline_url": f"{home(item, at)}/timeline",
        "repository_url": f"{at}/repos/{item.repo.full_name}",
        "state_reason": item.reason,
        "comments": item.comments,
        "closed_by": user(item.closed_by, at) if item.closed_by else None,
        "type": _type(item),
        "reactions": _reactions(item, at),
        "performed_via_github_app": None,
        "sub_issues_summary": {
            "total": len(inside),
            "completed": done,
            "percent_completed": 100 * done // len(inside) if inside else 0,
        },
        "issue_dependencies_summary": {
            "blocked_by": waits,
            "total_blocked_by": len(item.blocked_by),
            "blocking": blocking,
            "total_blocking": blocking,
        },
    }
    if item.parent is not None:
        row["parent_issue_url"] = home(item.parent, at)
    if item.pull_id is not None:
        row["draft"] = item.draft
        row["pull_request"] = _pull_addresses(item, at)
    return row


def pull(item: Item, at: str) -> Row:
    """A pull request, whole."""
    urls = _pull_addresses(item, at)
    people = [user(each, at) for each in item.requested if isinstance(each, User)]
    return {
        **_shared(item, at),
        "id": item.pull_id,
        "url": urls["url"],
        **{f"{name}_url": urls[f"{name}_url"] for name in ("diff", "patch")},
        "issue_url": home(item, at),
        "commits_url": f"{urls['url']}/commits",
        "review_comments_url": f"{urls['url']}/comments",
        "review_comment_url": f"{urls['url']}/comments{{/number}}",
        "statuses_url": f"{at}/repos/{item.repo.full_name}/statuses/{sha(item.head)}",
        "merged_at": stamp(item.merged_at),
        "merge_commit_sha": sha(f"merge {item.ref}") if item.merged_at else None,
        "requested_reviewers": people,
        "requested_teams": [team(each, at) for each in item.requested if isinstance(each, str)],
        "head": _branch(item.head, item, at),
        "base": _branch(item.base, item, at),
        "_links": _links(item, at),
        "auto_merge": None,
        "draft": item.draft,
        "merged": item.merged_at is not None,
        "mergeable": None if item.merged_at else item.mergeable,
        "rebaseable": None,
        "mergeable_state": "unknown" if item.mergeable is None else "clean",
        "merged_by": user(item.merged_by, at) if item.merged_by else None,
        "comments": item.comments,
        **dict.fromkeys(("review_comments", "additions", "deletions"), 0),
        "maintainer_can_modify": False,
        "commits": sum(event.kind == "committed" for event in item.events),
        "changed_files": len(item.files),
    }


def file(path: str, item: Item, at: str) -> Row:
    """A file that a pull request changes."""
    where = f"{at}/{item.repo.full_name}/blob/{sha(item.head)}/{path}"
    return {
        "sha": sha(path), "filename": path, "status": "modified", "additions": 1, "deletions": 1,
        "changes": 2, "blob_url": where, "raw_url": where.replace("/blob/", "/raw/"),
        "contents_url": f"{at}/repos/{item.repo.full_name}/contents/{path}?ref={sha(item.head)}",
    }  # fmt: skip


def content(path: str, repo: Repo, at: str) -> Row:
    """A file of the default branch."""
    text = repo.files[path].encode()
    url = f"{at}/repos/{repo.full_name}/contents/{path}?ref={repo.default_branch}"
    html = f"{at}/{repo.full_name}/blob/{repo.default_branch}/{path}"
    blob = f"{at}/repos/{repo.full_name}/git/blobs/{sha(repo.files[path])}"
    return {
        "type": "file", "name": path.rpartition("/")[2], "path": path, "size": len(text),
        "sha": sha(repo.files[path]), "url": url, "html_url": html, "git_url": blob,
        "download_url": None, "encoding": "base64", "content": base64.encodebytes(text).decode(),
        "_links": {"self": url, "git": blob, "html": html},
    }  # fmt: skip


def listed_pull(item: Item, at: str) -> Row:
    """A row of `/pulls`, which lacks what takes GitHub an effort to find out."""
    return {name: value for name, value in pull(item, at).items() if name not in _NOT_LISTED}


def review(found: Review, item: Item, at: str) -> Row:
    """A submitted review."""
    url = f"{at}/{item.repo.full_name}/pull/{item.number}#pullrequestreview-{found.id}"
    return {
        "id": found.id,
        "node_id": f"PRR_{found.id}",
        "user": user(found.author, at),
        "body": "",
        "state": found.state,
        "html_url": url,
        "pull_request_url": _pull_addresses(item, at)["url"],
        "author_association": "MEMBER",
        "_links": {
            "html": {"href": url},
            "pull_request": {"href": _pull_addresses(item, at)["url"]},
        },
        "submitted_at": stamp(found.at),
        "commit_id": sha(item.head),
    }


def comment(event: Event, item: Item, at: str) -> Row:
    """A comment as lists of comments have it."""
    return {
        "id": event.id,
        "node_id": f"IC_{event.id}",
        "url": f"{at}/repos/{item.repo.full_name}/issues/comments/{event.id}",
        "html_url": f"{at}/{item.repo.full_name}/issues/{item.number}#issuecomment-{event.id}",
        "issue_url": home(item, at),
        "user": user(event.actor, at),
        "body": event.data["text"],
        "created_at": stamp(event.at),
        "updated_at": stamp(event.data.get("edited_at") or event.at),
        "author_association": "MEMBER",
        "performed_via_github_app": None,
    }


def sha(text: str) -> str:
    """A commit's name."""
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 # as git does


def _shared(item: Item, at: str) -> Row:
    people = [user(each, at) for each in item.assignees]
    folder = "pull" if item.pull_id else "issues"
    return {
        "node_id": item_node_id(item),
        "html_url": f"{at}/{item.repo.full_name}/{folder}/{item.number}",
        "comments_url": f"{home(item, at)}/comments",
        "number": item.number,
        "title": item.title,
        "body": item.body or None,
        "user": user(item.author, at),
        "labels": [label(name, item.repo, at) for name in item.labels],
        "state": item.state,
        "locked": item.locked,
        "active_lock_reason": None,
        "assignee": people[0] if people else None,
        "assignees": people,
        "milestone": milestone(item.milestone, item.repo, at) if item.milestone else None,
        "created_at": stamp(item.created_at),
        "updated_at": stamp(item.updated_at),
        "closed_at": stamp(item.closed_at),
        "author_association": "MEMBER",
    }


def item_node_id(item: Item) -> str:
    """Id in GraphQL; a row of `/issues` that is a pull request has the pull request's."""
    return f"PR_{item.pull_id}" if item.pull_id else f"I_{item.id}"


def home(item: Item, at: str) -> str:
    """Address of an item in the API."""
    return f"{at}/repos/{item.repo.full_name}/issues/{item.number}"


def _pull_addresses(item: Item, at: str) -> Row:
    page = f"{at}/{item.repo.full_name}/pull/{item.number}"
    return {
        "url": f"{at}/repos/{item.repo.full_name}/pulls/{item.number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": stamp(item.merged_at),
    }


def _branch(name: str, item: Item, at: str) -> Row:
    return {
        "label": f"{item.repo.owner}:{name}",
        "ref": name,
        "sha": sha(name),
        "user": user(item.author, at),
        "repo": repository(item.repo, at),
    }


def _links(item: Item, at: str) -> Row:
    url = _pull_addresses(item, at)["url"]
    names = {
        "self": url, "html": _pull_addresses(item, at)["html_url"], "issue": home(item, at),
        "comments": f"{home(item, at)}/comments", "review_comments": f"{url}/comments",
        "review_comment": f"{url}/comments{{/number}}", "commits": f"{url}/commits",
        "statuses": f"{at}/repos/{item.repo.full_name}/statuses/{sha(item.head)}",
    }  # fmt: skip
    return {name: {"href": href} for name, href in names.items()}


def team(slug: str, at: str) -> Row:
    """A team of the owning organisation."""
    number = int(hashlib.sha256(slug.encode()).hexdigest()[:6], 16)
    url = f"{at}/organizations/1/team/{number}"
    return {
        "id": number, "node_id": f"T_{number}", "url": url, "name": slug, "slug": slug,
        "description": "", "permission": "pull", "type": "organization",
        "html_url": f"{at}/orgs/acme/teams/{slug}", "repositories_url": f"{url}/repos",
        "members_url": f"{url}/members{{/member}}",
        "parent": None,
    }  # fmt: skip


def _type(item: Item) -> Row | None:
    if item.type is None:
        return None
    number = int(hashlib.sha256(item.type.encode()).hexdigest()[:6], 16)
    return {"id": number, "node_id": f"IT_{number}", "name": item.type, "description": None}


def _reactions(item: Item, at: str) -> Row:
    kinds = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
    url = f"{home(item, at)}/reactions"
    return {"url": url, "total_count": 0, **dict.fromkeys(kinds, 0)}


def installation(number: int, permissions: Row, at: str, created: datetime) -> Row:
    """An App's installation, as the App itself sees it."""
    owner = user(User(id=number + 500_000, login="acme", name=""), at)
    url = f"{at}/app/installations/{number}"
    return {
        "id": number, "account": {**owner, "type": "Organization"},
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{at}/installation/repositories",
        "html_url": f"{at}/organizations/acme/settings/installations/{number}", "app_id": 5,
        "app_slug": "syncd", "target_id": owner["id"], "target_type": "Organization",
        "permissions": permissions, "events": [], "created_at": stamp(created),
        "updated_at": stamp(created), "single_file_name": None, "repository_selection": "selected",
        "suspended_by": None, "suspended_at": None,
    }  # fmt: skip
