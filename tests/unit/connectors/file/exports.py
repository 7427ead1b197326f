"""What Jira and `gh issue list --json` write of one issue, all of it in order."""

from typing import Any


def jira_issue(key: str = "PAY-1", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"1{key.rpartition('-')[2]}",
        "key": key,
        "self": f"https://jira.example.com/rest/api/2/issue/{key}",
        "fields": {
            "summary": f"Title of {key}",
            "issuetype": {"name": "Story"},
            "status": {"id": "3", "name": "Doing", "statusCategory": {"key": "indeterminate"}},
            "created": "2026-10-01T09:00:00.000+0000",
            "updated": "2026-11-20T16:05:00.000+0000",
            **fields,
        },
    }


def gh_issue(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "title": f"Issue {number}",
        "state": "OPEN",
        "url": f"https://github.com/acme/ledger/issues/{number}",
        "createdAt": "2026-10-01T09:00:00Z",
        "updatedAt": "2026-11-20T16:05:00Z",
        **changes,
    }
