"""A token is its grant and nothing else, to the last bit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.model.grants import Deed, Grant
from syncd.signing import BadToken, Signing, TooOld, read_tag
from syncd.testing.builders import AS_OF

SIGNING = Signing("k" * 40)
GRANT = Grant(
    person="dana", deed=Deed.ACK, fingerprint="0123456789abcdef", number=41, update=3,
    expires=AS_OF + timedelta(days=14),
)  # fmt: skip


def test_every_single_bit_of_a_link_counts():
    token = SIGNING.link(GRANT)
    for index in range(len(token)):
        for bit in range(8):
            changed = token[:index] + chr(ord(token[index]) ^ (1 << bit)) + token[index + 1 :]
            with pytest.raises(BadToken):
                SIGNING.read_link(changed, AS_OF)


def test_every_part_of_a_grant_is_signed():
    others = (
        replace(GRANT, person="leo"), replace(GRANT, deed=Deed.STOP), replace(GRANT, number=42),
        replace(GRANT, fingerprint="f" * 16), replace(GRANT, update=4), replace(GRANT, kind="x"),
    )  # fmt: skip
    address = read_tag(SIGNING.tag(GRANT))
    assert SIGNING.matches(address, GRANT)
    for other in others:
        assert not SIGNING.matches(address, other)
        assert SIGNING.link(other) != SIGNING.link(GRANT)


def test_a_link_works_up_to_its_moment_and_says_that_it_is_over():
    token = SIGNING.link(GRANT)
    assert SIGNING.read_link(token, GRANT.expires - timedelta(seconds=1)) == GRANT
    with pytest.raises(TooOld, match="two weeks"):
        SIGNING.read_link(token, GRANT.expires)


def test_a_used_token_is_remembered_by_something_that_is_no_token():
    key = SIGNING.key_of(SIGNING.link(GRANT))
    with pytest.raises(BadToken):
        SIGNING.read_link(key, AS_OF)
