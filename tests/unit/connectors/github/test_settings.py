"""The section of a GitHub source: what is accepted, and that no secret is echoed."""

import pytest
from pydantic import ValidationError

from syncd.connectors.github.settings import Settings
from syncd.model.items import Phase

SECRET = "canary-5ecret-token"
GOOD = {"token": SECRET, "repos": ["acme/ledger"]}


def test_the_least_that_works():
    settings = Settings(**GOOD)
    assert settings.url == "https://api.github.com"
    assert settings.repos == ("acme/ledger",)
    assert settings.phases["blocked"] is Phase.WAITING
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "http://github.example.com/api/v3"}, "https://"),
        ({"url": "https://github.com"}, "api.github.com"),
        ({"url": f"https://me:{SECRET}@github.example.com"}, "user name or password"),
        ({"url": "https://github.example.com/api/v3?x=1"}, "plain address"),
        ({"repos": []}, "at least 1"),
        ({"repos": ["ledger"]}, "owner/name"),
        ({"repos": ["acme/../x y"]}, "owner/name"),
        ({"repos": ["acme/ledger", "Acme/Ledger"]}, "twice"),
        ({"token": None}, "give token"),
        ({"token": "  "}, "empty"),
        ({"token": f"{SECRET}\nmore"}, "copy it again"),
        ({"token": f"{SECRET} more"}, "copy it again"),
        ({"token": f"{SECRET}\u2026"}, "copy it again"),
        ({"app_id": 1, "private_key": SECRET, "installation_id": 2}, "not both"),
        ({"token": None, "app_id": 1}, "installation_id"),
        ({"per_page": 101}, "less than or equal to 100"),
        ({"phases": {"blocked": "stuck"}}, "waiting"),
        ({"date_fields": {"Target": "end"}}, "due"),
        ({"repositories": ["acme/ledger"]}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(change, words):
    with pytest.raises(ValidationError) as caught:
        Settings(**GOOD | change)
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)


def test_loopback_and_enterprise_addresses_are_taken():
    assert Settings(**GOOD | {"url": "http://127.0.0.1:8000/api/v3/"}).url.endswith("/api/v3")
    assert Settings(**GOOD | {"url": "https://git.example.com/api/v3"}).url


def test_a_github_app_is_a_credential():
    app = {"app_id": 1, "private_key": SECRET, "installation_id": 2, "repos": ["acme/ledger"]}
    assert Settings(**app).token is None
