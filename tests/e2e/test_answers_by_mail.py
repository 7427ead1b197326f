"""Replies read from a real IMAP server: Debian's dovecot, over TLS."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
import warm
from answer_office import NOW, ROSEIS, Office, bounce
from dovecot import DOVECOT, PASSWORD, USER, Dovecot

from syncd.inbox.reading import Look, check
from syncd.interfaces import Mark
from syncd.mailroom import Mailroom
from syncd.model.grants import Deed

pytestmark = pytest.mark.skipif(DOVECOT is None, reason="needs Debian's dovecot-imapd")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def running(authority: trustme.CA) -> Iterator[Dovecot]:
    folder = Path(tempfile.mkdtemp(prefix="syncd-dovecot-"))
    found = Dovecot(folder, authority)
    yield found
    found.stop()
    shutil.rmtree(folder)


@pytest.fixture
def server(running: Dovecot) -> Dovecot:
    running.reset()
    return running


def inbox(server: Dovecot, **more: object) -> str:
    values = {
        "host": "127.0.0.1", "port": server.port, "user": USER, "ca_file": str(server.ca_file),
    } | more  # fmt: skip
    lines = [f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {str(value).lower()}"
             for key, value in values.items()]  # fmt: skip
    return 'actions = "mailto"\n[mail.inbox]\n' + "\n".join(lines) + "\n"


def office(folder: Path, server: Dovecot, **more: object) -> Office:
    return Office(folder, inbox(server, **more), {"mail__inbox__password": PASSWORD})


def look(place: Office):
    with place.open() as store:
        return Mailroom(place.settings, store).read(NOW, lambda: False)


def test_each_word_becomes_its_act_once(tmp_path, server):
    place = office(tmp_path, server)
    said = (
        "ack", "snooze 2d", "useful", "not useful", "known", "note Kim has it", "who knows?", "reopen",
    )  # fmt: skip
    for text in said:
        server.deliver(
            place.mail(f"{text}\n\nOn Monday, syncd <syncd@example.com> wrote:\n> stop\n")
        )
    report = look(place)
    assert (report.mails, report.acts, report.failure) == (8, 8, None)
    kinds = [(kind, text) for kind, _, _, text in place.acts()]
    assert kinds == [
        ("ack", ""), ("snooze", ""), ("feedback", ""), ("feedback", ""), ("feedback", ""),
        ("note", "Kim has it"), ("note", "who knows?"), ("reopen", ""),
    ]  # fmt: skip
    assert {(by, way) for _, by, way, _ in place.acts()} == {("dana", "mail")}
    assert look(place).mails == 0
    assert len(place.acts()) == 8
    assert len(server.files()) == 8
    assert all(name.endswith("S") for name in server.files()), "taken replies are marked, not gone"


def test_mails_numbered_anew_are_read_again_and_do_nothing_again(tmp_path, server):
    place = office(tmp_path, server)
    server.deliver(place.mail("ack"))
    look(place)
    server.number_anew()
    server.deliver(place.mail("useful"))
    report = look(place)
    assert (report.mails, report.acts) == (2, 1)
    assert [kind for kind, *_ in place.acts()] == ["ack", "feedback"]


def test_what_was_read_when_the_program_died_is_neither_lost_nor_done_twice(tmp_path, server):
    place = office(tmp_path, server)
    for text in ("ack", "useful", "note third"):
        server.deliver(place.mail(text))

    class Death(BaseException):
        pass

    with place.open() as store:
        mailroom, taken = Mailroom(place.settings, store), []

        def answering(letter):
            if len(taken) == 1:
                raise Death
            taken.append(letter)
            return mailroom.desk.reply(letter, NOW)

        with pytest.raises(Death):
            Look(mailroom.mail, mailroom.mail.inbox, store).read(answering, NOW)
    assert [kind for kind, *_ in place.acts()] == ["ack"]
    assert look(place).acts == 2
    assert [kind for kind, *_ in place.acts()] == ["ack", "feedback", "note"]


def test_mails_of_machines_and_strangers_do_nothing_and_are_counted(tmp_path, server):
    place = office(tmp_path, server)
    forged = place.address().replace("-", "-a", 2).replace("aa", "b")
    for mail in (
        place.mail("ack", Auto_Submitted="auto-replied"),
        place.mail("ack 2", Precedence="bulk"),
        place.mail("ack", sender="mallory@example.net"),
        place.mail("stop", sender="r.osei@example.com"),
        place.mail("ack", to="syncd@example.com"),
        place.mail("ack", to=place.address()[:-14] + "zz@example.com"),
        place.mail("ack", to=forged),
        b"\x00\xff not a mail at all",
        b"",
    ):
        server.deliver(mail)
    assert look(place).failure is None
    assert place.acts() == []
    assert place.oddities() == [("foreign", "dana", 2), ("forged", "", 1)]


def test_a_bounce_marks_the_address_only_if_the_mail_was_ours(tmp_path, server):
    place = office(tmp_path, server)
    server.deliver(bounce("<other@example.com>", "dana@example.com"))
    server.deliver(bounce("<told-1@example.com>", "r.osei@example.com"))
    server.deliver(bounce("<told-1@example.com>", "dana@example.com", action="delayed"))
    look(place)
    assert place.oddities() == []
    server.deliver(bounce("<told-1@example.com>", "dana@example.com"))
    look(place)
    assert (place.acts(), place.oddities()) == ([], [("bounced", "dana", 1)])
    forwarded = bounce("<told-1@example.com>", "d.li@mx.example.net", asked="Dana@example.com")
    server.deliver(forwarded)
    look(place)
    assert place.oddities() == [("bounced", "dana", 2)]


def test_only_html_is_read_and_its_quote_is_not(tmp_path, server):
    place = office(tmp_path, server)
    mail = EmailMessage()
    mail["From"], mail["To"] = "dana@example.com", place.address()
    mail.set_content(
        "<div>snooze 1w</div><div class='gmail_quote'>wrote:<blockquote>stop</blockquote></div>",
        subtype="html",
    )
    server.deliver(mail.as_bytes())
    look(place)
    assert [kind for kind, *_ in place.acts()] == ["snooze"]


def test_a_huge_mail_is_read_from_its_beginning(tmp_path, server):
    place = office(tmp_path, server)
    server.deliver(place.mail("ack\n" + "> x\n" * 2_000_000))
    look(place)
    assert [kind for kind, *_ in place.acts()] == ["ack"]


def test_one_address_for_a_digest_needs_the_alert_named(tmp_path, server):
    place = office(tmp_path, server)
    to = place.address(fingerprint="", number=0, update=0)
    for text in ("ack", "D-1 ack", "useful D-1", "D-2 ack", "D-9 ack"):
        server.deliver(place.mail(text, to=to))
    look(place)
    assert [(kind, text) for kind, _, _, text in place.acts()] == [
        ("note", "ack"), ("ack", ""), ("feedback", ""), ("note", "D-2 ack"), ("note", "D-9 ack"),
    ]  # fmt: skip


def test_stop_and_unsubscribe_by_mail(tmp_path, server):
    place = office(tmp_path, server)
    to = place.address(deed=Deed.STOP, kind="digest", fingerprint="", number=0, update=0)
    server.deliver(place.mail("", to=to))
    server.deliver(place.mail("Stop!"))
    look(place)
    with place.open() as store:
        first, second = store.acts()
    assert (first.kind, first.name, first.seen) == ("stop", "digest", None)
    assert (second.kind, second.seen.number) == ("stop", 1)


def test_replies_can_be_moved_and_a_missing_folder_holds_up_none(tmp_path, server):
    place = office(tmp_path, server, move_to="Erledigt/Größe")
    for text in ("ack", "useful"):
        server.deliver(place.mail(text))
    report = look(place)
    assert report.acts == 2
    assert "refused UID MOVE" in str(report.failure)
    assert len(server.files()) == 2
    plain = office(tmp_path, server, move_to="Taken")
    server.make_folder("Taken")
    server.deliver(plain.mail("known"))
    assert look(plain).failure is None
    assert (len(server.files()), len(server.files("Taken"))) == (2, 1)
    with plain.open() as store:
        assert check(Mailroom(plain.settings, store).mail.inbox).mark is Mark.OK


def test_another_persons_alert_is_not_answered(tmp_path, server):
    """Rosei's own token, for an alert that Rosei is not told of."""
    place = office(tmp_path, server)
    server.deliver(place.mail("ack", sender="r.osei@example.com", to=place.address("rosei")))
    server.deliver(
        place.mail(
            "ack", sender="R.Osei@Example.com",
            to=place.address("rosei", fingerprint=ROSEIS.fingerprint, number=2),
        )
    )  # fmt: skip
    look(place)
    assert [(kind, by) for kind, by, *_ in place.acts()] == [("ack", "rosei")]


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_server_with_another_certificate_gets_no_password(tmp_path, server, tls):
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    port = server.port if tls == "tls" else server.starttls_port
    place = office(tmp_path, server, ca_file=str(stranger), tls=tls, port=port)
    before = (server.folder / "log").read_text().count("Login: user")
    report = look(place)
    assert "certificate is not trusted" in str(report.failure)
    assert "mail.inbox.ca_file" in report.failure.hint
    assert (server.folder / "log").read_text().count("Login: user") == before


def test_starttls_works_too_and_a_wrong_password_is_said_without_it(tmp_path, server):
    good = office(tmp_path, server, tls="starttls", port=server.starttls_port)
    assert look(good).failure is None
    bad = Office(tmp_path, inbox(server), {"mail__inbox__password": "canary-wrong-7"})
    report = look(bad)
    assert "refused to sign in syncd" in str(report.failure)
    assert "canary" not in f"{report.failure} {report.failure.hint}"
    with bad.open() as store:
        assert store.mailbox("syncd@127.0.0.1/INBOX").failing_since == NOW
    assert look(good).failure is None


def syncd(place: Office, *words: str) -> subprocess.CompletedProcess[str]:
    return warm.syncd("-c", place.path, *words)


def test_run_takes_replies_and_log_show_status_tell_of_them(tmp_path, server):
    place = office(tmp_path, server)
    server.deliver(place.mail("snooze 1w"))
    server.deliver(place.mail("ack", sender="mallory@example.net"))
    server.deliver(bounce("<told-1@example.com>", "dana@example.com"))
    done = syncd(place, "run")
    assert "3 mails came in: 1 answer" in done.stdout
    assert "dana" in syncd(place, "log").stdout
    assert "by mail" in " ".join(syncd(place, "--width", "140", "log").stdout.split())
    assert "by mail" in " ".join(syncd(place, "alerts", "show", "D-1").stdout.split())
    status = syncd(place, "status").stdout
    assert "mail to dana came back" in " ".join(status.split())
    outbox = "\n".join(path.read_text() for path in tmp_path.glob("outbox/*.eml"))
    assert "mail to dana came back" in outbox
    assert "from another address" in outbox
    sent = len(list(tmp_path.glob("outbox/*.eml")))
    syncd(place, "run")
    assert len(list(tmp_path.glob("outbox/*.eml"))) == sent, "operators hear of it once"
    assert PASSWORD not in done.stdout + done.stderr


def test_the_service_takes_replies_between_its_cycles(tmp_path, server):
    place = office(tmp_path, server, every=0.1)
    with subprocess.Popen(
        [sys.executable, "-m", "syncd", "-c", str(place.path), "serve"],
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            for line in process.stderr:
                if "cycle.done" in line:
                    # No source tells of them, so the cycle ended them: they open again.
                    place.open_alerts()
                    server.deliver(place.mail("ack"))
                if "inbox.act" in line:
                    assert "act=ack by=dana about=D-1" in line
                    break
            process.terminate()
            assert process.wait(180) == 143
        finally:
            process.kill()
    assert [kind for kind, *_ in place.acts()] == ["ack"]
