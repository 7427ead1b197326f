"""Google's token endpoint on loopback, with throw-away credentials made at run time."""

from __future__ import annotations

import base64
import json
import secrets
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from syncd.demo.simulators.server import Answer, Request

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""What a signed request is made out to, whatever the address of the token endpoint."""

READ_EVENTS = "https://www.googleapis.com/auth/calendar.events.readonly"


@cache
def _key() -> rsa.RSAPrivateKey:
    # Made once a process: it takes a tenth of a second.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class SignIn:
    """Gives access tokens for its own credentials until they are revoked."""

    email = "syncd@simulated.iam.gserviceaccount.example"

    def __init__(self) -> None:
        self.refresh_token = secrets.token_urlsafe(24)
        self.client_secret = secrets.token_urlsafe(24)
        self.revoked = False
        self.consent = READ_EVENTS
        """Scopes that the person agreed to."""
        self.refusal_words = "Token has been expired or revoked."
        self.subjects: list[str | None] = []
        """For whom tokens were asked, by domain-wide delegation."""
        self._tokens: dict[str, str] = {}

    def service_account(self, token_uri: str) -> str:
        """The key file of a service account."""
        private = _key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "simulated",
                "private_key_id": "simulated",
                "private_key": private.decode(),
                "client_email": self.email,
                "client_id": "1",
                "token_uri": token_uri,
            }
        )

    def authorised_user(self, token_uri: str) -> str:
        """What a person who signed in has."""
        return json.dumps(
            {
                "type": "authorized_user",
                "client_id": "simulated-client",
                "client_secret": self.client_secret,
                "refresh_token": self.refresh_token,
                "token_uri": token_uri,
            }
        )

    def forget_tokens(self) -> None:
        """Refuse the access tokens given so far; new ones can be had."""
        self._tokens.clear()

    def token(self, request: Request) -> Answer:
        """`POST /token`."""
        form = request.form()
        if self.revoked:
            return _refused("invalid_grant", self.refusal_words)
        if form.get("grant_type") == JWT_GRANT:
            return self._for_assertion(form.get("assertion", ""))
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                return _refused("invalid_grant", "Bad Request")
            if form.get("client_secret") != self.client_secret:
                return _refused("invalid_client", "Unauthorized")
            return self._given(self.consent)
        return _refused("unsupported_grant_type", "Invalid grant_type")

    def refusal(self, request: Request) -> Answer | None:
        """401 for a request without a living access token."""
        if self._scopes(request) is not None:
            return None
        return google_error(401, "authError", "Invalid Credentials", status_name="UNAUTHENTICATED")

    def allows(self, request: Request, *scopes: str) -> bool:
        """Whether the token of a request carries one of these scopes, named by their last part."""
        mine = {each.rpartition("/")[2] for each in (self._scopes(request) or "").split()}
        return not mine.isdisjoint(scopes)

    def _scopes(self, request: Request) -> str | None:
        return self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    def _for_assertion(self, assertion: str) -> Answer:
        try:
            signed, _, signature = assertion.rpartition(".")
            _key().public_key().verify(
                _unpadded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
            claims = json.loads(_unpadded(signed.split(".")[1]))
        except (InvalidSignature, ValueError, IndexError):
            return _refused("invalid_grant", "Invalid JWT Signature.")
        if claims.get("iss") != self.email or claims.get("aud") != AUDIENCE:
            return _refused("invalid_grant", "Invalid JWT: unknown issuer or audience.")
        self.subjects.append(claims.get("sub"))
        return self._given(str(claims.get("scope", "")))

    def _given(self, scope: str) -> Answer:
        token = f"simulated-{secrets.token_urlsafe(24)}"
        self._tokens[token] = scope
        return Answer(
            body={
                "access_token": token,
                "expires_in": 3599,
                "token_type": "Bearer",
                "scope": scope,
            }
        )


def google_error(
    code: int, reason: str, message: str, *, domain: str = "global", status_name: str = ""
) -> Answer:
    """An error as Google's APIs write it."""
    detail = {"domain": domain, "reason": reason, "message": message}
    error = {"errors": [detail], "code": code, "message": message}
    return Answer(
        status=code,
        body={"error": {**error, "status": status_name} if status_name else error},
    )


def no_scope() -> Answer:
    """403 for a token without the right scope."""
    return google_error(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        status_name="PERMISSION_DENIED",
    )


def _refused(error: str, description: str) -> Answer:
    return Answer(status=400, body={"error": error, "error_description": description})


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
