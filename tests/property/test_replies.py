"""Replies and tokens under random bytes: nothing raises, nothing quoted acts, no bit may change."""

import string
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.inbox.letters import letter_of
from syncd.inbox.own_words import own_words, text_of_html
from syncd.inbox.wishes import Present, wishes_of
from syncd.model.calendar import WorkingCalendar
from syncd.model.grants import Deed, Grant
from syncd.signing import BadToken, Signing, read_tag
from syncd.testing.builders import AS_OF

TODAY = date(2026, 11, 26)
PRESENT = Present(TODAY, WorkingCalendar())
COMMANDS = ("ack", "snooze 2d", "stop", "useful", "not useful", "known", "reopen", "accept it")
SIGNING = Signing("k" * 40)
texts = st.text(st.characters(codec="utf-8"), max_size=200)
lines = st.lists(st.one_of(texts, st.sampled_from(COMMANDS)), max_size=12)
heads = st.dictionaries(
    st.sampled_from(["From", "To", "Subject", "Auto-Submitted", "Content-Type", "Message-ID", "Cc",
                     "Content-Transfer-Encoding", "Precedence", "Return-Path", "Content-Disposition"]),
    st.one_of(texts, st.sampled_from(["multipart/mixed; boundary=b", "text/html", "base64",
                                      "multipart/report; boundary=b", "message/rfc822",
                                      "text/plain; charset=utf-16", "a@b.c, =?utf-8?q?=0A?= <d@e.f>"])),
    max_size=6,
)  # fmt: skip


@given(st.binary(max_size=3000))
def test_no_bytes_raise(raw):
    letter = letter_of(raw, "syncd@example.com")
    wishes_of(letter.text, PRESENT)


@given(
    heads,
    st.lists(st.one_of(texts, st.sampled_from(["--b", "--b--", "", "Content-Type: text/html"]))),
)
def test_no_mail_raises(head, body):
    raw = (
        "".join(f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n" + "\r\n".join(body)
    )
    letter = letter_of(raw.encode("utf-8", "replace"), "syncd@example.com")
    wishes_of(letter.text, PRESENT)


@given(texts)
def test_no_words_raise_and_a_day_is_to_come(text):
    for said in (text, f"snooze {text}", f"snooze until {text}", f"accept {text} until {text}"):
        for wish in wishes_of(said, PRESENT):
            if wish.said.until is not None:
                assert TODAY < wish.said.until <= TODAY + timedelta(days=366)
    own_words(text)
    text_of_html(text)


@given(lines, st.sampled_from(["> ", ">> ", ">", "  > "]))
def test_nothing_quoted_by_marks_is_ever_anybodys_own(quoted, mark):
    body = "\n".join(mark + line.replace("\n", " ").replace("\r", " ") for line in quoted)
    assert own_words(body) == ""
    assert own_words(f"hello there\n{body}") == "hello there"


LEADS = (
    "On Mon, 23 Nov 2026 at 08:30, syncd <syncd@example.com> wrote:",
    "Am 23.11.2026 um 08:30 schrieb syncd <syncd@example.com>:",
    "-----Original Message-----",
    "---------- Forwarded message ---------",
    "From: syncd <syncd@example.com>\nSent: Monday 23 November\nTo: dana",
    "-- ",
)


@given(lines, st.sampled_from(LEADS))
def test_nothing_below_a_lead_in_is_ever_anybodys_own(quoted, lead):
    rest = "\n".join(
        line.replace("\n", " ").replace("\r", " ").lstrip(">| \u203a") for line in quoted
    )
    assert own_words(f"{lead}\nSome old words\n{rest}") == ""
    assert own_words(f"hello there\n\n{lead}\nSome old words\n{rest}") == "hello there"


@given(lines)
def test_nothing_in_a_quote_of_html_is_ever_anybodys_own(quoted):
    inner = "".join(f"<p>{line}</p>" for line in quoted)
    safe = inner.replace("</blockquote", "").replace("</BLOCKQUOTE", "")
    assert own_words(text_of_html(f"<div class='gmail_quote'>{safe}</div>")) == ""


grants = st.builds(
    Grant,
    person=st.text(string.ascii_lowercase + "_", min_size=1, max_size=20),
    deed=st.sampled_from(list(Deed)),
    fingerprint=st.text("0123456789abcdef", min_size=16, max_size=16),
    number=st.integers(1, 10**6),
    update=st.integers(0, 10**5),
    kind=st.sampled_from(["", "digest"]),
    expires=st.integers(1, 10**6).map(lambda seconds: AS_OF + timedelta(seconds=seconds)),
)


@given(grants)
def test_a_link_says_what_it_was_made_for(grant):
    assert SIGNING.read_link(SIGNING.link(grant), AS_OF) == grant


@given(grants, st.data())
def test_a_link_with_any_bit_changed_is_refused(grant, data):
    token = SIGNING.link(grant).encode()
    place = data.draw(st.integers(0, len(token) * 8 - 1))
    changed = bytearray(token)
    changed[place // 8] ^= 1 << place % 8
    try:
        SIGNING.read_link(changed.decode("latin-1"), AS_OF)
    except BadToken:
        return
    raise AssertionError(f"accepted: {bytes(changed)!r}")


@given(grants, st.text(max_size=300))
def test_no_text_is_a_link_and_no_other_key_reads_one(grant, text):
    for token, key in ((text, SIGNING), (SIGNING.link(grant), Signing("j" * 40))):
        try:
            key.read_link(token, AS_OF)
        except BadToken:
            continue
        raise AssertionError(token)


@given(grants, st.data())
def test_a_reply_address_with_any_bit_changed_is_refused(grant, data):
    """But for the case of its letters, which some servers change."""
    tag = SIGNING.tag(grant)
    assert SIGNING.matches(read_tag(tag.upper()), grant)
    place = data.draw(st.integers(0, len(tag) * 8 - 1))
    changed = bytearray(tag.encode())
    changed[place // 8] ^= 1 << place % 8
    text = changed.decode("latin-1")
    if text.lower() == tag.lower():
        return
    address = read_tag(text)
    claimed = address and Grant(
        person=grant.person, deed=grant.deed, fingerprint=grant.fingerprint,
        number=address.number, update=address.update, kind=grant.kind,
    )  # fmt: skip
    assert address is None or not SIGNING.matches(address, claimed)


@given(grants, grants)
def test_two_grants_have_two_addresses(one, other):
    if one != other and (one.person, one.fingerprint, one.deed, one.number, one.update, one.kind) != (
        other.person, other.fingerprint, other.deed, other.number, other.update, other.kind,
    ):  # fmt: skip
        assert not SIGNING.matches(read_tag(SIGNING.tag(one)), other)
