"""The same configuration on two hosts: each is whole, and they are told apart (C10)."""

import json
from datetime import timedelta

import pytest
from installation import LATER, NOW, cycle, slip, write_installation

from syncd.cli.entry import run_command


@pytest.fixture
def hosts(tmp_path):
    """Two folders with one configuration and one export, and a store each."""
    found = [tmp_path / name for name in ("one", "two")]
    for host in found:
        host.mkdir()
        write_installation(host)
        cycle(host, NOW)
        slip(host)
    return found


def test_each_is_whole_and_no_mail_program_takes_one_for_a_repeat_of_the_other(
    hosts, monkeypatch, capsys
):
    ids = []
    for host in hosts:
        monkeypatch.chdir(host)
        done = cycle(host, LATER)
        assert len(done.delivered) == 4
        assert cycle(host, LATER + timedelta(minutes=15)).queued == ()
        ids.append([one.message_id for one in done.delivered])
        with_store = {one.partition("@")[0].rpartition(".")[2] for one in ids[-1]}
        assert len(with_store) == 1
        assert run_command(["-c", str(host / "syncd.toml"), "-f", "json", "status"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert {told["instance"]} == with_store
    assert not set(ids[0]) & set(ids[1])
    assert [one.partition(".")[0] for one in ids[0]] == [one.partition(".")[0] for one in ids[1]]


def test_a_restored_store_goes_on_under_its_ids(hosts, monkeypatch):
    host = hosts[0]
    monkeypatch.chdir(host)
    toml = str(host / "syncd.toml")
    assert run_command(["-c", toml, "store", "backup", "before.bak"]) == 0
    first = cycle(host, LATER)
    assert run_command(["-c", toml, "store", "restore", "before.bak", "--yes"]) == 0
    again = cycle(host, LATER)
    assert [one.message_id for one in again.delivered] == [
        one.message_id for one in first.delivered
    ]
