"""The signing key: made once, private, and never shown."""

import stat
import threading

import pytest

from syncd.errors import ConfigError
from syncd.keys import FILE, signing_key
from syncd.redaction import SECRETS


def test_it_is_made_once_and_kept_to_oneself(tmp_path):
    state = tmp_path / "var"
    key = signing_key("", state)
    assert len(key) == 64
    assert signing_key("", state) == key
    assert stat.S_IMODE((state / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert SECRETS.mask(f"key {key}") == "key [secret]"
    assert [path.name for path in state.iterdir()] == [FILE]


def test_two_processes_that_make_it_at_once_agree(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(signing_key("", tmp_path)))
               for _ in range(8)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {signing_key("", tmp_path)}


def test_one_of_the_configuration_counts_and_nothing_is_written(tmp_path):
    assert signing_key("c" * 32, tmp_path / "var") == "c" * 32
    assert not (tmp_path / "var").exists()


def test_who_only_looks_writes_nothing(tmp_path):
    first = signing_key("", tmp_path / "var", read_only=True)
    assert first != signing_key("", tmp_path / "var", read_only=True)
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("k" * 64, 0o640, "read by others"),
        ("abc-12", 0o600, "shorter than 32"),
        ("ü" * 40, 0o600, "plain"),
    ],
)
def test_a_file_that_is_no_key_is_refused_unshown(tmp_path, text, mode, words):
    (tmp_path / FILE).write_text(text)
    (tmp_path / FILE).chmod(mode)
    with pytest.raises(ConfigError, match=words) as caught:
        signing_key("", tmp_path)
    assert text not in str(caught.value)
    assert caught.value.hint
