"""Machines that sign by different secrets are told of one another, in whichever store they meet."""

from contextlib import closing
from datetime import timedelta

import pytest
from servers import store_url

from syncd.interfaces import Mark
from syncd.keys import FILE
from syncd.mailroom import Mailroom
from syncd.model.grants import LINK_LIFE
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.builders import AS_OF

LINKED = '[mail]\nfrom = "syncd@example.com"\nto_outbox = true\nactions = "link"\n'
SERVED = '[serve]\npublic_url = "https://syncd.example.com"\n'


@pytest.fixture(params=["sqlite", "wheel"])
def store(request, tmp_path):
    with closing(open_store(store_url(request.param, tmp_path), now=AS_OF)) as found:
        yield found


@pytest.fixture
def machine(tmp_path, store, monkeypatch):
    """A mailroom on a machine of that name, with the secret that is configured there, if any."""

    def made(name, secret=""):
        folder = tmp_path / name
        (folder / "secrets").mkdir(parents=True, exist_ok=True)
        (folder / "syncd.toml").write_text(LINKED + SERVED)
        if secret:
            (folder / "secrets" / "mail__signing_secret").write_text(secret)
            (folder / "secrets" / "mail__signing_secret").chmod(0o600)
        monkeypatch.setattr("socket.gethostname", lambda: name)
        return Mailroom(load(folder / "syncd.toml", {}), store)

    return made


def told(mailroom, now=AS_OF):
    return list(mailroom.check_key(now))


def test_another_secret_is_told_of_on_each_machine_until_its_links_end(machine, store) -> None:
    left = machine("left")
    left.note_key(AS_OF)
    assert told(left) == []
    right = machine("right", "x" * 40)
    right.note_key(AS_OF + timedelta(minutes=1))
    for mailroom, other, mine in (left, "right", FILE), (right, "left", "mail.signing_secret"):
        (check,) = told(mailroom)
        assert check.mark is Mark.WARNING
        assert f"links of mails that {other} signed until" in check.text
        assert mine in check.text
        assert "mail.signing_secret on every machine" in check.fix
    last = AS_OF + LINK_LIFE
    assert len(told(right, last - timedelta(seconds=1))) == 1
    assert told(right, last) == []
    right.note_key(last + timedelta(seconds=1))
    assert [one.host for one in store.signers()] == ["right"]


def test_the_same_secret_is_no_trouble_and_is_noted_once_an_hour(machine, store) -> None:
    for minutes, name in (0, "left"), (1, "right"), (2, "right"), (70, "right"):
        mailroom = machine(name, "x" * 40)
        mailroom.note_key(AS_OF + timedelta(minutes=minutes))
        assert told(mailroom) == []
        (noted,) = store.signers()
        assert noted.host == name
        assert noted.noted_at == AS_OF + timedelta(minutes=minutes if minutes != 2 else 1)


def test_what_is_kept_tells_no_secret_and_is_another_in_each_store(machine, store) -> None:
    mailroom = machine("left", "x" * 40)
    mailroom.note_key(AS_OF)
    (noted,) = store.signers()
    assert len(noted.check_value) == 16
    assert mailroom.signing.check_value("another1") != noted.check_value
    assert mailroom.signing.check_value(store.instance()) == noted.check_value
