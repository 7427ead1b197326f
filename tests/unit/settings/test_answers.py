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
