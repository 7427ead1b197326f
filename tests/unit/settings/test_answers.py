"""How readers answer by links: the pages must have a place."""

import pytest

from syncd import plugins
from syncd.errors import ConfigError
from syncd.settings import load

CONFIG = """
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
actions = "link"
[serve]
bind = "127.0.0.1:8085"
{more}
"""


def test_links_without_an_address_are_refused(tmp_path):
    path = tmp_path / "syncd.toml"
    path.write_text(CONFIG.format(more=""))
    with pytest.raises(ConfigError) as caught:
        load(path, {}, catalog=plugins)
    found = {one.path: one.message for one in caught.value.problems}
    assert "serve.public_url" in found["mail.actions"]


def test_links_with_an_address_are_accepted(tmp_path):
    path = tmp_path / "syncd.toml"
    path.write_text(CONFIG.format(more='public_url = "https://syncd.example.com"'))
    assert load(path, {}, catalog=plugins).serve.public_url


@pytest.mark.parametrize(
    ("proxies", "warns"),
    [("0.0.0.0/0", True), ("::/0", True), ("10.0.0.0/8", False), ("2001:db8::7", False)],
)
def test_a_login_that_anybody_could_claim_is_a_warning(tmp_path, proxies, warns):
    path = tmp_path / "syncd.toml"
    serve = f'bind = "0.0.0.0:8470"\ntrusted_proxies = ["{proxies}"]\n'
    path.write_text(f'[serve]\nlogin_header = "X-Forwarded-User"\n{serve}')
    warnings = load(path, {}, catalog=plugins).warnings
    found = [one.message for one in warnings if one.path == "serve.trusted_proxies"]
    assert bool(found) is warns
    assert all("addresses of the proxy only" in message for message in found)


@pytest.mark.parametrize("proxy", ["10.0.0.5/8", "proxy.example.com", "*", "10.0.0.300"])
def test_a_proxy_is_named_by_address(tmp_path, proxy):
    path = tmp_path / "syncd.toml"
    path.write_text(f'[serve]\ntrusted_proxies = ["{proxy}"]\n')
    with pytest.raises(ConfigError) as caught:
        load(path, {}, catalog=plugins)
    (problem,) = [one for one in caught.value.problems if not one.warning]
    assert "not an address or a network such as 10.1.2.0/24" in problem.message


SEVERAL = """
[store]
url = "postgresql+psycopg://syncd@127.0.0.1/syncd"
[serve]
engine = "procrastinate"
{serve}
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
{mail}
"""


@pytest.mark.parametrize(
    ("serve", "mail", "warns"),
    [
        ("", "", False),
        ('bind = "127.0.0.1:8470"', "", True),
        ("", 'actions = "mailto"', True),
        ("", "inbox = { host = 'imap.example.com' }", True),
        ('bind = "127.0.0.1:8470"', 'signing_secret_command = ["pass", "syncd"]', False),
    ],
)
def test_several_machines_without_a_common_key_are_a_warning(tmp_path, serve, mail, warns):
    path = tmp_path / "syncd.toml"
    path.write_text(SEVERAL.format(serve=serve, mail=mail))
    try:
        problems = load(path, {}, catalog=plugins).warnings
    except ConfigError as error:
        problems = error.problems
    told = [one for one in problems if "a key of its own" in one.message]
    assert [one.warning for one in told] == [True] * warns


def test_several_machines_with_a_common_key_are_no_warning(tmp_path):
    path = tmp_path / "syncd.toml"
    path.write_text(SEVERAL.format(serve='bind = "127.0.0.1:8470"', mail=""))
    env = {"SYNCD_MAIL__SIGNING_SECRET": "k" * 40}
    found = load(path, env, catalog=plugins).warnings
    assert not [one for one in found if "a key of its own" in one.message]
