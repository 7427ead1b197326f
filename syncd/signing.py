"""Signed grants: what stands in the links and reply addresses of a mail, and who may read it back.

A signature binds the alert, the person, the deed and, in links, an expiry. Signatures are compared
in constant time; a token that does not fit says only how, never what it should have been.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, BadSignature, URLSafeSerializer
from itsdangerous.signer import HMACAlgorithm, Signer

from syncd.model.grants import Deed, Grant, PageRight

SHORTEST_KEY = 32
"""Characters of a key; fewer could be guessed."""
LONGEST_TOKEN = 1000
_MAC = 20
"""Bytes of a signature in a reply address, whose length is limited: 160 bits are enough."""
_TAG = re.compile(
    r"(?:(?P<name>d-(?P<number>\d{1,9}))\.(?P<update>\d{1,6})|(?P<kind>[a-z]{1,20})\.0)"
    r"-(?P<mac>[a-z2-7]{32})"
)


class BadToken(Exception):
    """It was not made by us, not for this, or not for now; says so in a sentence."""


class TooOld(BadToken):
    """It was made by us, and its time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What a reply address says of itself; proven only by `Signing.matches`."""

    number: int
    """Of the alert; 0 = none."""
    update: int
    kind: str
    mac: str


class Signing:
    """Makes and checks tokens under one key."""

    def __init__(self, key: str) -> None:
        strong = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._links = URLSafeSerializer(key, salt="syncd link", signer_kwargs=strong)
        self._pages = URLSafeSerializer(key, salt="syncd page", signer_kwargs=strong)
        self._replies = Signer(
            key, salt="syncd reply", key_derivation="hmac", digest_method=hashlib.sha256
        ).derive_key()
        self._check = Signer(
            key, salt="syncd check", key_derivation="hmac", digest_method=hashlib.sha256
        ).derive_key()

    def link(self, grant: Grant) -> str:
        """The token of a link; letters, digits, `-`, `_` and `.` only."""
        expires = int(grant.expires.timestamp()) if grant.expires else 0
        return str(
            self._links.dumps(
                [grant.person, grant.deed.value, grant.fingerprint, grant.number, grant.update,
                 grant.kind, expires]
            )
        )  # fmt: skip

    def read_link(self, token: str, now: datetime) -> Grant:
        """The grant of a link. Raises BadToken where it is not ours or was changed, TooOld."""
        try:
            if len(token) > LONGEST_TOKEN or not _is_canonical(token):
                raise BadSignature("form")
            who, deed, fingerprint, number, update, kind, expires = self._links.loads(token)
        except (BadData, ValueError, TypeError):
            raise BadToken("This link is not one that syncd made, or it was changed.") from None
        grant = Grant(
            person=who, deed=Deed(deed), fingerprint=fingerprint, number=number, update=update,
            kind=kind, expires=datetime.fromtimestamp(expires, UTC) if expires else None,
        )  # fmt: skip
        if grant.expires is not None and grant.expires <= now:
            raise TooOld("This link is too old: links in mails work for two weeks.")
        return grant

    def page_key(self, right: PageRight) -> str:
        """What opens pages; letters, digits, `-`, `_` and `.` only, and of no use as a link."""
        return str(
            self._pages.dumps([right.program, right.audience, int(right.expires.timestamp())])
        )

    def read_page_key(self, key: str, now: datetime) -> PageRight:
        """Raises BadToken where it is not ours or was changed, TooOld."""
        try:
            if len(key) > LONGEST_TOKEN or not _is_canonical(key):
                raise BadSignature("form")
            program, audience, expires = self._pages.loads(key)
        except (BadData, ValueError, TypeError):
            raise BadToken("This link is not one that syncd made, or it was changed.") from None
        right = PageRight(
            program=program, audience=audience, expires=datetime.fromtimestamp(expires, UTC)
        )
        if right.expires <= now:
            raise TooOld("This link is too old. A new one: syncd report --link")
        return right

    def check_value(self, instance: str) -> str:
        """What tells this key from others in the store with that id; the key is not told by it."""
        return hmac.new(self._check, instance.encode(), hashlib.sha256).hexdigest()[:16]

    def tag(self, grant: Grant) -> str:
        """What stands between `+` and `@` of a reply address: `D-41.3-SIGNATURE`.

        The case of its letters does not count, since some mail servers change it.
        """
        name = f"D-{grant.number}.{grant.update}" if grant.number else f"{_of_kind(grant)}.0"
        return f"{name}-{self._mac(grant)}"

    def matches(self, address: Address, grant: Grant) -> bool:
        """Whether the address was made for just this grant."""
        return hmac.compare_digest(address.mac, self._mac(grant))

    def key_of(self, token: str) -> str:
        """What a used token is remembered by; it cannot be used itself."""
        return hashlib.sha256(token.encode()).hexdigest()[:32]

    def _mac(self, grant: Grant) -> str:
        parts = (
            grant.person, grant.deed.value, grant.fingerprint, grant.number, grant.update,
            grant.kind,
        )  # fmt: skip
        said = "\x1f".join(map(str, parts)).encode()
        made = HMACAlgorithm(hashlib.sha256).get_signature(self._replies, said)
        return base64.b32encode(made[:_MAC]).decode().lower()


def read_tag(tag: str) -> Address | None:
    """What a reply address claims; None if it is none of ours by its form."""
    found = _TAG.fullmatch(tag.lower())
    if found is None:
        return None
    return Address(
        number=int(found["number"] or 0),
        update=int(found["update"] or 0),
        kind=found["kind"] or "",
        mac=found["mac"],
    )


def _of_kind(grant: Grant) -> str:
    return grant.kind if grant.deed is Deed.STOP else grant.deed.value


def _is_canonical(token: str) -> bool:
    """Base64 leaves some bits of its last letter unused: only one spelling of them is accepted."""
    for part in token.removeprefix(".").split("."):
        padded = part + "=" * (-len(part) % 4)
        try:
            again = base64.urlsafe_b64encode(base64.b64decode(padded, b"-_", validate=True))
        except ValueError:
            return False
        if again.rstrip(b"=").decode() != part:
            return False
    return True
