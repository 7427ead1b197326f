"""What a mail costs to make, against the bare message with the same two texts."""

import time
from email.message import EmailMessage
from email.policy import SMTP
from statistics import median

import pytest

from syncd.model.people import Role
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.alerts import notification
from syncd.testing.builders import person

pytestmark = pytest.mark.bench

SETTINGS = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})


def seconds(work, times=50):
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return median(took)


def test_a_mail_against_a_bare_message(capsys):
    sent, dana = notification(), person("dana", name="Dana Li", role=Role.TPM)
    body = render(SETTINGS, sent, dana).body

    def bare():
        mail = EmailMessage(policy=SMTP)
        mail["Subject"], mail["From"], mail["To"] = "x", "a@example.com", "b@example.com"
        mail.set_content("x" * (len(body) // 3))
        mail.add_alternative("x" * (len(body) // 2), subtype="html")
        return mail.as_bytes()

    ours, theirs = seconds(lambda: render(SETTINGS, sent, dana)), seconds(bare)
    with capsys.disabled():
        print(f"\na mail of {len(body):,} bytes: {ours * 1000:.1f} ms, {ours / theirs:.1f} bare")
