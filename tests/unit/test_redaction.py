import base64
import io
import logging
import subprocess
import sys
from urllib.parse import quote

import pytest

from syncd.redaction import MASK, SecretFilter, Secrets

SECRET = "c4n/ary+väl ue=="
USER = "bot@example.invalid"


@pytest.fixture
def secrets():
    kept = Secrets()
    kept.add(SECRET, user=USER)
    return kept


@pytest.fixture
def log(secrets):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(SecretFilter(secrets))
    logger = logging.Logger("test")  # noqa: LOG001 # leaves no handler behind
    logger.addHandler(handler)
    logger.stream = stream
    return logger


def forms():
    both = f"{USER}:{SECRET}".encode()
    return [
        SECRET,
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        base64.b64encode(both).decode(),
    ]


@pytest.mark.parametrize("form", forms())
def test_every_form_of_a_secret_is_masked(secrets, form):
    assert form.rstrip("=") not in secrets.mask(f"a {form} b")
    assert MASK in secrets.mask(form)


@pytest.mark.parametrize("form", forms())
def test_message_arguments_extras_and_traceback_are_masked(log, form):
    try:
        raise ValueError(form)
    except ValueError:
        log.exception("with %s in %r", form, {"header": form}, extra={"url": form})
    written = log.stream.getvalue()
    assert "ValueError" in written
    assert form.rstrip("=") not in written


def test_a_message_that_cannot_be_formatted_is_still_masked(log):
    log.warning("%d %s", SECRET)  # noqa: PLE1206
    assert SECRET not in log.stream.getvalue()


@pytest.mark.parametrize(
    "token",
    [
        "gh" + "p_" + "a1" * 18,
        "github" + "_pat_" + "a1" * 20,
        "ATA" + "TT3x" + "a1" * 20,
        "ya29" + ".a0" + "b1" * 20,
        "1/" + "/0" + "b1" * 20,
    ],
)
def test_unknown_tokens_are_known_by_their_shape(token):
    assert token not in Secrets().mask(f"got {token}.")


def test_credentials_in_an_address_are_masked_but_not_the_host():
    assert Secrets().mask("https://me:pw123@host/x") == f"https://{MASK}@host/x"


def test_plain_text_is_left_alone(secrets):
    text = (
        "PAY-142 moved from 2026-05-01 to 2026-05-08: https://jira.example.invalid/browse/PAY-142"
    )
    assert secrets.mask(text) == text


def test_a_dropped_secret_is_forgotten(secrets):
    secrets.drop(SECRET)
    assert secrets.mask(SECRET) == SECRET


PROGRAM = """
import logging, sys, threading
from syncd import redaction
redaction.SECRETS.add(sys.argv[1])
redaction.install()
def die(): raise RuntimeError("in a thread " + sys.argv[1])
t = threading.Thread(target=die); t.start(); t.join()
raise RuntimeError("in main " + sys.argv[1])
"""


def test_uncaught_exceptions_are_masked():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, SECRET], check=False, capture_output=True, text=True
    )
    assert done.stderr.count("RuntimeError: in") == 2
    assert SECRET not in done.stderr
