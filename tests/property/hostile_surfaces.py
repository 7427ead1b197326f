"""Every way out for text that people wrote, and what a stranger who reads it back finds wrong.

A surface is one line of `SURFACES` or, of what is more than one alert, of `PAGES`: how many texts
it takes at a time, how it puts them into what leaves, and what is wrong with that.
"""

import email
import json
import logging
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.policy import SMTP as POLICY
from html.parser import HTMLParser
from io import StringIO

import hostile_pages as pages

from syncd.cli import screen as screens
from syncd.cli.findings import finding_rows, markdown
from syncd.cli.options import Options
from syncd.cli.screen import Screen
from syncd.cli.wiring import CleanLines, JsonLines
from syncd.model.alerts import NoticeKind, Notification, Transition, Victims
from syncd.model.findings import Fact, Finding, Push
from syncd.notifiers.chat import words as chat
from syncd.notifiers.email.mime import Envelope, Letter, check
from syncd.notifiers.email.render import render, subject
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.alerts import finding, notification, rich_finding, transition
from syncd.testing.builders import AS_OF, person
from syncd.testing.notifier_contract import HOSTILE_TEXTS
from syncd.text import clean_text

MIXTURES = 100_000
DANA = person("dana", name="Dana Li")
SETTINGS = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})

CATALOGUE = (
    *HOSTILE_TEXTS,
    "a\nb\rc\0d\x0be\x0cf\x85g\u2028h\u2029i",  # H1
    "=?utf-8?q?=0ABcc:_x@y.test?= =?utf-8?b?CkJjYzogeEB5?=",  # H2
    "<img src=x onerror=alert(1)><a href='javascript:x'>y</a><style>*{}</style>",  # H3
    "\r\n.\r\nMAIL FROM:<x@y.test>\r\nRCPT TO:<x@y.test>",  # H4
    "\x1b[2J\x1b]0;title\x07\x9b31m\x1b]8;;https://evil.test\x1b\\z",  # H5
    "\u202eevil\u202c\u2066x\u200b\ufeff" + "a\u0300" * 300,  # H6
    "{{7*7}} {% include 'x' %} %s %(x)s {0} ${HOME} `id` $(id)",  # H7
    '=HYPERLINK("https://evil.test";"x")',  # H8
    "+1+1|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "x level=error\nforged: line",  # H9
    "\ud83d lone \udc00",  # H10
    "PAY-142 blocks LED-88, fixes #7, dependabot[bot]",  # H11
    "a" * 40_000,  # H12
    "(" * 5_000 + "**" * 2_000,
    "../../x https://user:pw@evil.test/a b",  # H13
    "thief@example.net <thief@example.net>, other@example.net",  # H14
    "<!channel> <!here> @here @everyone @all [x](https://evil.test) |table| ~~s~~ # head",
    "\t\ttab\x7fdel\x80\x9f",
)  # fmt: skip
BITS = (
    *(text for text in CATALOGUE if len(text) < 120),
    "=", "?", "\n", "\r\n", "\r", "\t", "\0", "\x1b", "\x1b[", "\x1b]", "\x07", "\x9b", "\u2028", "\u202e",
    "<", ">", "&", '"', "'", "`", "*", "_", "[", "]", "(", ")", "|", "\\", "@", "#", "~", ":", "/", "://", ".",
    "\u00e9", "\u65e5\u672c", "\U0001f680", "\ud800", "utf-8", "?q?", "?=", "=?", "Bcc: x@y.test", " ", ",", ";", "{{", "%s",
    "evil.test", "www.", "https", "javascript:", "data:", "PAY-1", "2026-12-03", "\u0301", "\u200d",
)  # fmt: skip
STRANGE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
LONG = 500
"""So long a text in every field of many alerts may leave as the plain form (N8)."""
LINK = "https://tracker.test/"


def mixtures(seed: int) -> Iterator[str]:
    """Without end; the same for the same seed."""
    draw = random.Random(seed)
    while True:
        yield "".join(draw.choices(BITS, k=draw.randint(1, 6)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One way out: `leaves` puts `takes` texts into it, `damage` says what they did to it."""

    takes: int
    leaves: Callable[[Sequence[str]], object]
    damage: Callable[[object, Sequence[str]], str]


def found_of(texts: Sequence[str]) -> Finding:
    """A finding with eleven of the texts in its fields, one each."""
    ref, title, summary, plain, act, clears, fact, source, pushed, pushed_title, team = texts
    return replace(
        rich_finding(), ref=ref, title=title, summary=summary, plain=plain, act=act, clears=clears,
        url=LINK + ref, facts=(Fact(text=fact, source=source, url=LINK + fact),),
        pushes=(Push(ref=pushed, title=pushed_title, team=team, url=LINK + pushed),),
    )  # fmt: skip


def told_of(texts: Sequence[str]) -> list[Transition]:
    """One alert for every twelve texts."""
    return [
        transition(
            found_of(texts[at : at + 11]), number=1 + at // 12, headline=texts[at + 11]
        )
        for at in range(0, len(texts), 12)
    ]  # fmt: skip


def sent_of(texts: Sequence[str], kind: NoticeKind | None = None) -> Notification:
    program, why, headline, *rest = texts
    told = told_of(rest)
    victims = (Victims(root=told[0].alert.fingerprint, alerts=(told[-1].alert,)),)
    more = {"kind": kind, "headline": headline} if kind else {}
    return notification(*told, program=program, why=why, victims=victims, **more)


def mail(texts: Sequence[str]) -> bytes:
    name, *rest = texts
    done = render(SETTINGS, sent_of(rest), replace(DANA, name=name))
    assert done.body != done.fallback or max(map(len, texts)) > LONG, "the full form was not made"
    check(done.fallback, DANA.email)
    return done.body


class _Tags(HTMLParser):
    KNOWN = frozenset(
        [
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "div",
            "table",
            "tr",
            "td",
            "h1",
            "h2",
            "h3",
            "p",
            "ul",
            "li",
            "span",
            "a",
            "b",
            "br",
            "code",
            "img",
            "hr",
        ]
    )

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.KNOWN:
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name == "href" and not str(value).startswith(LINK)):
                self.bad.append(f"{name}={value}")
            if name == "src" and not str(value).startswith("cid:"):
                self.bad.append(f"{name}={value}")


def mail_damage(left: object, texts: Sequence[str]) -> str:
    assert isinstance(left, bytes)
    check(left, DANA.email)
    wire = re.sub(rb"(?m)^\.", b"..", left)
    assert b"\r\n.\r\n" not in wire
    parsed = email.message_from_bytes(left, policy=POLICY)
    if parsed.defects or [one.addr_spec for one in parsed["To"].addresses] != [DANA.email]:
        return "headers"
    if parsed.get_body(("html",)) is None:
        return "" if max(map(len, texts)) > LONG else "the plain form"
    html, plain = (parsed.get_body((kind,)).get_content() for kind in ("html", "plain"))
    if found := STRANGE.search((html + plain + parsed["Subject"]).replace("\r\n", "\n")):
        return f"control {found[0]!r}"
    tags = _Tags()
    tags.feed(html)
    return " ".join(tags.bad)


def headers(texts: Sequence[str]) -> list[tuple[bytes, str]]:
    done = []
    for name, program, headline, said in zip(*[iter(texts)] * 4, strict=True):
        told = transition(finding(), headline=headline)
        sent = notification(told, program=program)
        line = subject(sent)
        envelope = Envelope(
            settings=SETTINGS, notification=sent, person=replace(DANA, name=name), subject=line
        )
        done.append((Letter(envelope).with_text(clean_text(said)), line))
    return done


def headers_damage(left: object, texts: Sequence[str]) -> str:
    for body, line in left:  # type: ignore[attr-defined]
        head = body.partition(b"\r\n\r\n")[0]
        if len(re.split(rb"\r\n(?![ \t])", head)) != 19:
            return f"a header more: {head[:200]!r}"
        if "=?" in line or STRANGE.search(line) or "\n" in line:
            return line
    return ""


def printed(texts: Sequence[str], **options: object) -> str:
    """The table of findings as it reaches a terminal."""
    found = [found_of(texts[at : at + 11]) for at in range(0, len(texts), 11)]
    out = StringIO()
    before, screens.sys.stdout = screens.sys.stdout, out
    try:
        screen = Screen(Options(**options))  # type: ignore[arg-type]
        screen.table(*finding_rows(found, {}, {}, AS_OF.date()))
        for one in found:
            screen.text(screens.clean(one.summary), indent=2)
            screen.labelled("What", screens.clean(one.title), indent=8)
    finally:
        screens.sys.stdout = before
    return out.getvalue()


def terminal_damage(left: object, texts: Sequence[str]) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(left))
    found = STRANGE.search(text) or re.search(r"\t", text)
    str(left).encode()
    return f"{found[0]!r}" if found else ""


def json_lines(texts: Sequence[str]) -> str:
    out = StringIO()
    before, screens.sys.stdout = screens.sys.stdout, out
    try:
        Screen(Options(format="jsonl")).lines_of([{"title": text} for text in texts])
    finally:
        screens.sys.stdout = before
    return out.getvalue()


def json_damage(left: object, texts: Sequence[str]) -> str:
    lines = str(left).encode().decode().split("\n")
    if STRANGE.search(str(left)):
        return "control"
    if len(lines) != len(texts) + 1:
        return f"{len(lines) - 1} lines for {len(texts)} objects"
    for line in lines[:-1]:
        if list(json.loads(line)) != ["title"]:
            return line
    return ""


def tables(texts: Sequence[str]) -> str:
    found = [found_of(texts[at : at + 11]) for at in range(0, len(texts), 11)]
    return markdown(found, {}, "Title", AS_OF.date())


def markdown_damage(left: object, texts: Sequence[str]) -> str:
    lines = str(left).split("\n")
    if STRANGE.search(str(left)):
        return "control"
    for row in lines[4:]:
        bare = re.sub(r"\\.", "", row)
        if row and bare.count("|") != lines[2].count("|"):
            return f"cells: {row[:200]}"
        links = re.findall(r"\]\(([^)]*)\)", bare)
        if [one for one in links if not one.startswith(LINK)] or re.search(r"<[a-z!/]", bare):
            return f"markup: {row[:200]}"
    return ""


def chatted(texts: Sequence[str]) -> str:
    sent = sent_of(texts)
    return f"{chat.subject(sent)}\n{chat.text(sent, DANA)}\n{chat.plain_form(sent)}"


CHAT = re.compile(r"[<>@*_`\[\]~|\\$]|://|&#?\w+;|(?<!\w)#|\w\.[^\W\d_]{2}|:[\w+-]+:")


def chat_damage(left: object, texts: Sequence[str]) -> str:
    ours = re.sub(rf"(?m)^See: {LINK}\S*$", "", str(left))
    found = CHAT.search(ours) or STRANGE.search(ours)
    if found:
        return f"{found[0]!r} in {ours[max(0, found.start() - 40) : found.end() + 40]!r}"
    begins = re.compile("[\u25b2\u25c6\u25cf\u25cb] D-|syncd |and |To do: |See: |Why: |$")
    lines = str(left).split("\n")[1:]
    return next((line for line in lines if not begins.match(line)), "")


def logged(texts: Sequence[str]) -> list[str]:
    made = []
    for text in texts:
        record = logging.LogRecord("syncd", 20, "f", 1, "source.down error=%s", (text,), None)
        made += [CleanLines("%(levelname)s %(message)s").format(record), JsonLines().format(record)]
    return made


def log_damage(left: object, texts: Sequence[str]) -> str:
    for text, document in zip(*[iter(left)] * 2, strict=True):  # type: ignore[call-overload]
        if STRANGE.search(text) or "\n" in text:
            return f"text {text!r}"
        json.loads(document.encode())
        if "\n" in document or STRANGE.search(document):
            return f"json {document!r}"
    return ""


SURFACES = {
    "mail": Surface(takes=4 + 12 * 12, leaves=mail, damage=mail_damage),
    "headers of a mail": Surface(takes=40, leaves=headers, damage=headers_damage),
    "terminal": Surface(takes=220, leaves=printed, damage=terminal_damage),
    "narrow terminal": Surface(
        takes=220, leaves=lambda texts: printed(texts, width=40, color=True), damage=terminal_damage
    ),
    "json lines": Surface(takes=100, leaves=json_lines, damage=json_damage),
    "markdown": Surface(takes=220, leaves=tables, damage=markdown_damage),
    "chat": Surface(takes=3 + 12 * 5, leaves=chatted, damage=chat_damage),
    "log": Surface(takes=50, leaves=logged, damage=log_damage),
}
"""Another way out is another line."""

PAGES = {
    "notes": Surface(takes=60, leaves=pages.noted, damage=pages.noted_damage),
    "action pages": Surface(takes=40, leaves=pages.asked, damage=pages.asked_damage),
    "reports": Surface(takes=pages.REPORTED, leaves=pages.reported, damage=pages.reported_damage),
    "weeklies": Surface(takes=pages.TOLD, leaves=pages.told_of_week, damage=pages.week_damage),
    "briefs and packs": Surface(
        takes=2 * pages.BRIEFED, leaves=pages.briefed, damage=pages.briefed_damage
    ),
}


def damage_of_mixtures(surface: Surface, count: int = MIXTURES) -> str:
    """Of the first of so many random ones that is wrong; "" where none is."""
    made = mixtures(20261126)
    for _ in range(-(-count // surface.takes)):
        texts = [next(made) for _ in range(surface.takes)]
        if found := surface.damage(surface.leaves(texts), texts):
            return found
    return ""
