"""Mail, terminal, Markdown and JSON of a brief or pack say the same dates and numbers."""

import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import fields, is_dataclass
from datetime import date
from email import message_from_bytes
from email.policy import default
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from briefs import FRIDAY, answered, late, monday, opened, reader

from syncd.briefing import meetings
from syncd.briefing.brief import brief
from syncd.briefing.due import notice
from syncd.briefing.pack import pack
from syncd.cli.brief_forms import documents, markdown, show
from syncd.cli.options import Options
from syncd.cli.screen import Screen
from syncd.model.acts import ActKind
from syncd.model.briefs import Brief, MeetingPack
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.reconciler.facts import wording
from syncd.testing.alerts import hostile
from syncd.testing.builders import at

MAIL = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
GOLDEN = Path(__file__).parent / "golden"
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
WHO = ("dana", "rosei", "vp", "wtan")


def contents() -> Iterator[tuple[str, Brief | MeetingPack]]:
    said = monday().by_print[late().fingerprint]
    given = {"until": date(2026, 11, 25), "text": "the vendor is late"}
    acts = (answered(said, ActKind.ACCEPT, "rosei", at("2026-11-20 15:00"), **given),)
    for name, made in (("", monday()), (" accepted", monday(acts=acts))):
        for who in WHO:
            yield f"brief {who}{name}", brief(reader(made, who), FRIDAY)
        for event in meetings.ahead(made):
            yield f"pack {event.ref}{name}", pack(reader(made), event)


CONTENTS = dict(contents())


def mail(content: Brief | MeetingPack) -> tuple[str, str]:
    """Plain text and HTML, unfolded and without tags."""
    person = reader(monday(), content.person).person
    one = reader(monday(), content.person)
    done = render(MAIL, notice(one, content, about=("x", 0), at=None), person)
    assert done.body != done.fallback
    message = message_from_bytes(done.body, policy=default)
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    text, seen = text.replace("\r\n", "\n"), html.partition("</style>")[2]
    bare = re.sub(r"<div style=\"display:none.*?</div>", "", seen, flags=re.DOTALL)
    bare = unescape(re.sub(r"<[^>]+>", " ", bare))
    return text, bare


def terminal(content: Brief | MeetingPack, width: int) -> str:
    shown = StringIO()
    with redirect_stdout(shown):
        show(Screen(Options(width=width, color=False)), content)
    return shown.getvalue()


def words(text: str) -> str:
    """One line; no addresses, no special spaces and hyphens."""
    plain = re.sub(r"https?://\S+", " ", text.replace("\\", ""))
    plain = plain.replace("\xa0", " ").replace("\u2011", "-").replace("→", "->")
    return " ".join(plain.split())


def dates(text: str) -> set[str]:
    return set(re.findall(rf"\b\d{{1,2}} (?:{MONTHS})\b", words(text)))


def facts(text: str) -> set[str]:
    """Numbers with what they count, numbers of alerts, and times."""
    kinds = r"working days?|dates? moved|new|worse|changed|dropped|cleared|open risks?|decisions?|since|in 5 days|min"
    found = re.findall(rf"\b\d+ (?:{kinds})\b|\bD-\d+\b|\b\d\d:\d\d\b", words(text))
    return {one.replace("days", "day") for one in found}


def days_of(value: object) -> Iterator[date]:
    """Every day that the data holds, as JSON tells it."""
    if is_dataclass(value):
        for field in fields(value):
            yield from days_of(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from days_of(one)
    elif type(value) is date:
        yield value


@pytest.mark.parametrize("name", CONTENTS)
def test_all_forms_name_the_same_dates_and_numbers(name: str) -> None:
    content = CONTENTS[name]
    text, html = mail(content)
    forms = {
        "html": html,
        "terminal 80": terminal(content, 80),
        "terminal 100": terminal(content, 100),
        "terminal 140": terminal(content, 140),
        "markdown": markdown(content),
    }
    # The footer of a mail tells besides when the brief comes.
    own = {"08:30"} if name.startswith("brief") else set()
    for form, said in forms.items():
        assert dates(said) == dates(text), form
        assert facts(said) - own == facts(text) - own, form


@pytest.mark.parametrize("name", CONTENTS)
def test_every_day_of_the_json_is_one_that_people_read(name: str) -> None:
    content = CONTENTS[name]
    shown = dates(terminal(content, 100))
    told = json.dumps(next(documents(content, whole=True)))
    for day in days_of(content):
        spoken = wording.day(day, date(2026, 11, 23)).partition(" ")[2]
        assert day.isoformat() in told
        assert spoken in shown, f"{day} is in the data only"


@pytest.mark.parametrize("name", CONTENTS)
def test_json_has_the_sentences_that_people_read(name: str) -> None:
    content = CONTENTS[name]
    told = words(terminal(content, 140))
    (whole,) = documents(content, whole=True)
    for part in ("changes", "risks", "decisions"):
        for one in whole.get(part, []):
            assert words(one["text"]) in told
    assert words(whole["headline"]) in told


def test_lines_for_scripts_are_the_parts_of_the_document() -> None:
    content = CONTENTS["brief dana"]
    head, *lines = documents(content)
    assert head["type"] == "brief"
    kinds = [one["type"] for one in lines]
    assert kinds.count("change") == len(content.changes)  # type: ignore[union-attr]
    assert {"decision", "team", "meeting", "handover"} <= set(kinds)
    json.dumps([head, *lines])


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_of_the_terminal_is_wider_than_asked(width: int) -> None:
    for content in CONTENTS.values():
        for line in terminal(content, width).splitlines():
            assert len(line) <= width


@pytest.mark.parametrize("name", ["brief dana", "brief vp", "pack stand-up-2"])
def test_the_plain_text_is_as_it_was_looked_at(name: str) -> None:
    text, _ = mail(CONTENTS[name])
    path = GOLDEN / f"{name.replace(' ', '-')}.txt"
    assert text == path.read_text(encoding="utf-8"), (
        f"look at the new text, then write it to {path}"
    )


@pytest.mark.parametrize("name", CONTENTS)
def test_the_mail_is_small_and_its_subject_names_the_program(name: str) -> None:
    content = CONTENTS[name]
    one = reader(monday(), content.person)
    done = render(MAIL, notice(one, content, about=("x", 0), at=None), one.person)
    assert len(done.body) < 80_000
    assert done.subject == f"[{content.program or 'syncd'}] {content.subject}"


def test_a_hostile_title_stays_one_harmless_text_in_every_form() -> None:
    evil = "<b>x</b>\r\nBcc: a@b.test \x1b[31mred\u202e {{ 7*7 }} `rm`"
    bad = hostile(late("LED-99"), evil)
    made = monday(opened(bad, 77, at("2026-11-23 07:25")))
    found = brief(reader(made), FRIDAY)
    text, html = mail(found)
    assert "D-77" in text
    for said in (text, terminal(found, 100), markdown(found)):
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert not re.search(r"^Bcc:", said, re.MULTILINE)
    assert "49" not in html
    one = reader(made)
    done = render(MAIL, notice(one, found, about=("x", 0), at=None), one.person)
    page = message_from_bytes(done.body, policy=default).get_body(("html",)).get_content()
    assert "<b>x</b>" not in page
