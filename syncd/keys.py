"""The key that signs links and reply addresses: a secret of the configuration, or one made once."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from syncd.errors import ConfigError
from syncd.files import open_private
from syncd.redaction import SECRETS
from syncd.signing import SHORTEST_KEY

FILE = "signing.key"


def signing_key(configured: str, state: Path, *, read_only: bool = False) -> str:
    """`configured`, else what `state` holds, else a new one that is kept there with mode 0600.

    `read_only` keeps nothing: what is signed then is for show. Raises ConfigError for a file that
    cannot be used.
    """
    key = configured or _held(state / FILE) or _made(state, read_only=read_only)
    SECRETS.add(key)
    return key


def _held(path: Path) -> str:
    try:
        key = path.read_text(encoding="ascii").strip()
        others = path.stat().st_mode & 0o077
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "it is not plain text"
        raise ConfigError(f"{path} cannot be read: {reason}", hint=f"ls -l {path}") from None
    if others:
        raise ConfigError(f"{path} can be read by others", hint=f"chmod 600 {path}")
    if len(key) < SHORTEST_KEY:
        raise ConfigError(
            f"{path} is shorter than {SHORTEST_KEY} characters, so it is no key",
            hint=f"remove {path}; a new one is made, and links in old mails end",
        )
    return key


def _made(state: Path, *, read_only: bool) -> str:
    key = secrets.token_hex(32)
    if read_only:
        return key
    path, beside = state / FILE, state / f".{FILE}.{secrets.token_hex(6)}"
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open_private(beside) as file:
            file.write(f"{key}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            # Never over one that another process has just made.
            os.link(beside, path)
        except FileExistsError:
            key = _held(path)
        finally:
            beside.unlink()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}",
            hint=f"make {state} writable, or put a key into secrets/mail__signing_secret",
        ) from None
    return key
