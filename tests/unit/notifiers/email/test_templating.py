"""Templates of the operators' own: what they may change, and what happens where they break."""

import email
import os
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from syncd.alerts.flaws import flaw_notices
from syncd.interfaces import Mark
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.notifiers.email.templating import MOST_SOURCE, Templates
from syncd.overrides import Overridable
from syncd.testing.alerts import notification, rich_finding, transition
from syncd.testing.builders import AS_OF, person

DANA = person("dana", name="Dana Li")
OPS = person("ops", operator=True)
SHIPPED_TEXT = "Ledger API v2 (LED-88) moved"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    return tmp_path / "templates"


def notifier(folder: Path) -> EmailNotifier:
    settings = {"from": "syncd <syncd@example.com>", "to_outbox": True, "templates": folder}
    found = EmailNotifier("mail", EmailSettings.model_validate(settings | {"outbox": folder / "o"}))
    assert isinstance(found, Overridable)
    return found


def told(title: str = "Ledger API v2") -> object:
    return notification(
        transition(rich_finding(title=title, summary=f"{title} (LED-88) moved by 6 days."))
    )


def bodies(sender: EmailNotifier, sent: object) -> tuple[str, str | None]:
    """(plain text, HTML or None) of what leaves."""
    mail = email.message_from_bytes(sender.render(sent, DANA).body, policy=default)  # type: ignore[arg-type]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert isinstance(text, EmailMessage)
    return text.get_content(), html.get_content() if html is not None else None


def test_one_block_of_a_shipped_template_is_changed(folder: Path) -> None:
    (folder / "alert.html").write_text(
        '{% extends "shipped/alert.html" %}{% block help %}{{ title("Ask the office") }}{% endblock %}'
    )
    (folder / "alert.txt").write_text(
        '{% extends "shipped/alert.txt" %}{% block help %}Ask the office about {{ view.ref }}\n{% endblock %}'
    )
    sender = notifier(folder)
    text, html = bodies(sender, told())
    assert "Ask the office about LED-88" in text
    assert "What could help" not in text
    assert html is not None
    assert "Ask the office" in html
    assert "What could help" not in html
    assert "Why we think so" in html
    assert not sender.flaws()


def test_the_frame_is_changed_for_every_mail(folder: Path) -> None:
    (folder / "frame.html").write_text(
        '{% extends "shipped/frame.html" %}{% block footer %}{{ super() }}'
        '{{ aside("Ask the program office.") }}{% endblock %}'
    )
    sender = notifier(folder)
    one = transition(rich_finding())
    for sent in (told(), notification(one, one)):
        html = bodies(sender, sent)[1]
        assert html is not None
        assert "Ask the program office." in html
        assert "You get this because" in html
    assert not sender.flaws()


BROKEN = {
    "syntax": ("{% if view %}\n{% block x %}", ":2"),
    "an unknown name": ('{% extends "shipped/alert.html" %}\n{% block help %}\n{{ vieww }}\n{% endblock %}', ":3"),
    "an unknown field": ('{% extends "shipped/alert.html" %}{% block help %}\n\n{{ view.budget }}{% endblock %}', ":3"),
    "at run time": ("{{ 1 // (view.update - view.update) }}", ":1"),
    "no such parent": ('{% extends "another.html" %}', ":1"),
    "a way out of the sandbox": ("{{ view.__class__.__mro__ }}", ":1"),
    "too much source": ("x" * (MOST_SOURCE + 1), ":1"),
    "too much mail": ("{% for n in range(90000) %}\nxx{% endfor %}", ":1"),
    "no text at all": (b"\xff\xfe\x00", ":1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_template_leaves_the_shipped_text_and_tells_its_line(
    folder: Path, kind: str
) -> None:
    source, line = BROKEN[kind]
    file = folder / "alert.html"
    file.write_bytes(source if isinstance(source, bytes) else source.encode())
    sender = notifier(folder)
    text, html = bodies(sender, told())
    assert html is None
    assert SHIPPED_TEXT in text
    assert "What could help: Agree on the new date" in text
    flaws = sender.flaws()
    assert flaws
    assert [flaw.where for flaw in flaws] == [f"{file}{line}"]
    check = next(
        one for one in sender.check() if one.mark is Mark.WARNING and str(folder) in one.text
    )
    assert check.fix


def test_a_broken_text_template_leaves_the_shipped_text_alone(folder: Path) -> None:
    (folder / "alert.txt").write_text("{{ nothing }}")
    text, html = bodies(notifier(folder), told())
    assert SHIPPED_TEXT in text
    assert html is None


def test_what_breaks_on_one_real_mail_only_is_told_too(folder: Path) -> None:
    (folder / "alert.html").write_text('{% if "Ledger" in headline %}\n{{ 1 // 0 }}{% endif %}fine')
    sender = notifier(folder)
    assert not sender.flaws()
    assert bodies(sender, told())[1] is None
    [flaw] = sender.flaws()
    assert flaw.where == f"{folder / 'alert.html'}:2"
    assert flaw.message.startswith("what it asks for cannot be worked out: ")
    assert bodies(sender, told("Wallet"))[1] == "fine\r\n"


@pytest.mark.parametrize(("text", "words"), [
    ("{% if views %}", "it cannot be read as a template: {% endif %} is missing"),
    ("{% when %}", "it cannot be read as a template: there is no {% when %}"),
    ("{{ subject | shout }}", 'it cannot be read as a template: there is no filter "shout"'),
    ("{{ titel }}", 'it shows something that this mail does not have: nothing is called "titel"'),
    ("{{ views[99] }}",
     "it shows something that this mail does not have: the list has no element 99"),
    ("{% include 'gone.txt' %}", "it builds on a template that is not there: gone.txt"),
    ("{{ views.append(1) }}", 'it uses what a template may not use: "append" is not for templates'),
])  # fmt: skip
def test_a_mistake_is_told_in_words_of_ours_with_its_line(
    folder: Path, text: str, words: str
) -> None:
    (folder / "alert.txt").write_text(f"first line\n{text}\n")
    flaw, *_ = notifier(folder).flaws()
    assert (flaw.where, flaw.message) == (f"{folder / 'alert.txt'}:2", words)
    assert "syncd config validate" in flaw_notices([notifier(folder)], [OPS], AS_OF)[0].lines[2]


def test_a_template_of_an_unknown_name_is_told_and_others_are_left_alone(folder: Path) -> None:
    (folder / "alerts.html").write_text("x")
    (folder / "README.md").write_text("about {{ this }}")
    [flaw] = notifier(folder).flaws()
    assert flaw.where.endswith("alerts.html")
    assert "alert.html" in flaw.message


def test_a_mistake_that_quotes_each_mail_is_one_mistake(folder: Path) -> None:
    (folder / "alert.html").write_text("{{ {}[headline] }}")
    sender = notifier(folder)
    keys = set()
    for title in ("Ledger", "Wallet", "Cart"):
        assert bodies(sender, told(title))[1] is None
        keys |= {one.key for one in flaw_notices([sender], [OPS], AS_OF)}
    assert len(keys) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_stops_no_mail(folder: Path) -> None:
    (folder / "alert.html").write_text("ours")
    folder.chmod(0)
    sender = notifier(folder)
    try:
        assert "Ledger API v2" in (bodies(sender, told())[1] or "")
        assert [flaw.message for flaw in sender.flaws()] == ["the folder cannot be read"]
    finally:
        folder.chmod(0o755)


def test_without_a_folder_all_is_as_shipped(tmp_path: Path) -> None:
    sender = notifier(tmp_path / "missing")
    assert not sender.flaws()
    settings = EmailSettings.model_validate(
        {"from": "syncd <syncd@example.com>", "to_outbox": True}
    )
    assert sender.render(told(), DANA) == render(settings, told(), DANA)  # type: ignore[arg-type]


def test_a_mended_template_is_used_without_a_restart(folder: Path) -> None:
    file = folder / "alert.html"
    file.write_text("{{ nothing }}")
    sender = notifier(folder)
    assert bodies(sender, told())[1] is None
    file.write_text("<p>mended: {{ headline }}</p>")
    assert "mended" in (bodies(sender, told())[1] or "")


def test_what_a_provider_wrote_is_never_run(folder: Path) -> None:
    (folder / "alert.html").write_text("{{ headline }}|{{ view.title | prose }}")
    title = "{{ 7 * 7 }} {% raw %} <b>"
    html = bodies(notifier(folder), told(title))[1]
    assert html is not None
    assert "49" not in html
    assert "{{ 7 * 7 }}" in html
    assert "<b>" not in html


def test_operators_hear_of_it_once(folder: Path) -> None:
    (folder / "alert.html").write_text("{{ nothing }}")
    notices = [flaw_notices([notifier(folder)], [DANA, OPS], AS_OF) for _ in range(2)]
    assert [one.person for one in notices[0]] == ["ops"]
    assert f"{folder / 'alert.html'}:1" in notices[0][0].lines[0]
    ids = {notifier(folder).render(one, OPS).message_id for some in notices for one in some}
    assert len(ids) == 1
    (folder / "alert.html").write_text("\n{{ nothing }}")
    [other] = flaw_notices([notifier(folder)], [OPS], AS_OF)
    assert notifier(folder).render(other, OPS).message_id not in ids


def test_shipped_templates_can_be_built_on_by_every_name() -> None:
    names = Templates().names
    assert {"frame.html", "alert.html", "alert.txt", "actions.html", "actions.txt"} <= names
    readme = (Path(__file__).parents[4] / "config" / "templates" / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in names), names
