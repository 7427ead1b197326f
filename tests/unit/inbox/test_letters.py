"""What is the sender's own in a mail, and which mails come from no person."""

import pytest

from syncd.inbox.letters import letter_of
from syncd.inbox.own_words import own_words, text_of_html

ADDRESS = "syncd@example.com"
GMAIL = "ack\n\nOn Mon, 23 Nov 2026 at 08:30, syncd <syncd@example.com> wrote:\n\n> stop\n> D-41\n"
WRAPPED = "ack\n\nOn Mon, 23 Nov 2026 at 08:30, syncd\n<syncd@example.com>\nwrote:\n> stop\n"
OUTLOOK = "ack\n\nFrom: syncd <syncd@example.com>\nSent: Monday, 23 November 2026 08:30\nTo: Dana\n\nstop\n"
GERMAN = "ack\n\nVon: syncd <syncd@example.com>\nGesendet: Montag, 23. November 2026\nstop\n"
OLD = "ack\n\n-----Original Message-----\nFrom: syncd\nstop\n"
FRENCH = "ack\nLe lun. 23 nov. 2026 à 08:30, syncd <syncd@example.com> a écrit :\nstop\n"
RULE = "ack\n________________________________\nFrom: syncd\nstop\n"
SIGNED = "ack\n-- \nDana Li\nstop\n"
PHONE = "ack\n\nSent from my phone\nstop\n"
BELOW = "On Mon, 23 Nov 2026 at 08:30, syncd <syncd@example.com> wrote:\n> stop\n>\n> D-41\n\nack\n"
OURS = "ack\n\nD-41  LATE, high   Checkout relaunch\nstop\n"


@pytest.mark.parametrize(
    "text",
    [GMAIL, WRAPPED, OUTLOOK, GERMAN, OLD, FRENCH, RULE, SIGNED, PHONE, BELOW, OURS],
    ids=[
        "gmail",
        "wrapped",
        "outlook",
        "german",
        "old",
        "french",
        "rule",
        "signed",
        "phone",
        "below",
        "ours",
    ],
)
def test_only_own_words_are_kept(text):
    assert own_words(text) == "ack"
    assert own_words(text.replace("ack\n", "", 1)) == ""


def test_forwarding_without_a_word_says_nothing():
    head = "From: syncd <syncd@example.com>\nDate: Mon, 23 Nov 2026\nSubject: D-41\n\nack\n"
    for mark in ("---------- Forwarded message ---------", "Begin forwarded message:"):
        assert own_words(f"{mark}\n{head}") == ""
    assert own_words(head) == ""


def test_own_words_may_look_like_heads():
    assert own_words("note: we wait\nuntil then: nothing") == "note: we wait\nuntil then: nothing"
    assert own_words("Two things:\nfirst\nsecond") == "Two things:\nfirst\nsecond"


@pytest.mark.parametrize(
    "html",
    [
        "<p>ack</p><blockquote>stop</blockquote>",
        "<div>ack</div><div class=gmail_quote>wrote:<p>stop</div>",
        "<div>ack</div><div id='divRplyFwdMsg'>From: x</div><div>stop</div>",
        "<div>ack</div><hr><p>stop</p>",
        "<html><head><style>p{}</style><title>stop</title></head><body>ack<br><script>stop</script>",
        "ack<div class='moz-cite-prefix'>On x wrote:</div><blockquote>stop<blockquote>stop",
    ],
)
def test_html_without_its_quotes(html):
    assert own_words(text_of_html(html)) == "ack"


def mail(body: bytes = b"ack\r\n", **headers: str) -> bytes:
    found = {"From": "Dana <Dana@Example.com>", "To": "syncd+TAG@example.com"} | headers
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in found.items() if value]
    return "".join(lines).encode("utf-8") + b"\r\n" + body


def test_sender_and_tag_are_found_wherever_servers_put_them():
    letter = letter_of(mail(), ADDRESS)
    assert (letter.sender, letter.tags, letter.text) == ("dana@example.com", ("tag",), "ack")
    for name in ("Cc", "Delivered_To", "X_Original_To"):
        assert letter_of(
            mail(To="x@example.com", **{name: "syncd+t@example.com"}), ADDRESS
        ).tags == ("t",)
    for other in ("syncd@example.com", "syncd+t@example.net", "other+t@example.com"):
        assert letter_of(mail(To=other), ADDRESS).tags == ()


@pytest.mark.parametrize("who", ["", "a@example.com, b@example.com", "nobody"])
def test_a_mail_of_nobody_or_of_several_has_no_sender(who):
    assert letter_of(mail(From=who), ADDRESS).sender == ""


def test_a_second_from_line_makes_the_sender_doubtful():
    raw = b"From: dana@example.com\r\nFrom: eve@example.com\r\n" + mail(From="")
    assert letter_of(raw, ADDRESS).sender == ""


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"YWNr\r\n", {"Content_Transfer_Encoding": "base64", "Content_Type": "text/plain"}),
        (b"a=63k\r\n", {"Content_Transfer_Encoding": "quoted-printable"}),
        ("ack".encode("utf-16"), {"Content_Type": "text/plain; charset=utf-16"}),
        (b"ack", {"Content_Type": "text/plain; charset=nonsense"}),
        (b"\xef\xbb\xbfack", {"Content_Type": "text/plain; charset=utf-8"}),
        (b"ack", {"Content_Type": "text/plain; charset=utf-7"}),
    ],
)
def test_encodings(body, headers):
    assert letter_of(mail(body, **headers), ADDRESS).text == "ack"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"Precedence": "Bulk"},
        {"Precedence": "auto_reply"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"Content_Type": "multipart/report; boundary=x"},
    ],
)
def test_machines_say_nothing(headers):
    letter = letter_of(mail(**headers), ADDRESS)
    assert (letter.is_automatic, letter.text) == (True, "")


def test_a_person_may_say_that_it_is_not_automatic():
    assert not letter_of(
        mail(Auto_Submitted="no", Return_Path="<dana@example.com>"), ADDRESS
    ).is_automatic


def test_the_same_mail_has_the_same_key_and_another_senders_has_not():
    one = letter_of(mail(Message_ID="<1@x>"), ADDRESS)
    assert one.key == letter_of(mail(b"other", Message_ID="<1@x>"), ADDRESS).key
    assert one.key != letter_of(mail(Message_ID="<2@x>"), ADDRESS).key
    assert one.key != letter_of(mail(Message_ID="<1@x>", From="eve@example.com"), ADDRESS).key
