"""Ways out that are more than one alert: notes on items, pages, reports, briefs and packs."""

import email
import json
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from email.policy import SMTP as POLICY
from functools import lru_cache
from html.parser import HTMLParser
from io import StringIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from briefs import (
    FRIDAY,
    MORNING,
    answered,
    guests,
    late,
    material,
    opened,
    organisation,
    reader,
)
from reports import material_of

from syncd.alerts.remarks import lines
from syncd.answering import Desk, Offer
from syncd.briefing.brief import brief
from syncd.briefing.due import notice
from syncd.briefing.pack import pack
from syncd.briefing.reader import Reader
from syncd.cli import screen as screens
from syncd.cli.brief_forms import documents, markdown, show
from syncd.cli.options import Options
from syncd.cli.screen import Screen
from syncd.model.acts import ActKind
from syncd.model.briefs import Brief, MeetingPack
from syncd.model.grants import Deed, Grant
from syncd.model.items import Account, CalendarEvent, Milestone
from syncd.model.snapshot import Snapshot
from syncd.notifiers.email import templating, weeklies
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.reconciler.config import ReconcilerConfig
from syncd.report.contents import Audience, Report
from syncd.report.document import document as report_document
from syncd.report.due import Occasion
from syncd.report.due import notice as notice_of_week
from syncd.report.gathering import gather
from syncd.report.markdown import escaped
from syncd.report.markdown import markdown as report_markdown
from syncd.report.material import Material
from syncd.report.page import page
from syncd.settings import load
from syncd.signing import Signing
from syncd.store import open_store
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import (
    AS_OF,
    at,
    change,
    event,
    issue,
    person,
    program,
    snapshot,
    team,
    version,
)
from syncd.testing.organisation import config
from syncd.text import clean_text
from syncd.web.answers import _asking
from syncd.web.pages import response
from syncd.writeback import escaping

MAIL = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
DANA = person("dana", name="Dana Li")
MARK = "syncd-mark"
DEEDS = [one for one in Deed if one is not Deed.REPLY]
STRANGE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
HEAVY = 30_000
"""Bytes of texts that no longer fit into a mail: it leaves as the plain form (N8)."""
BAD_TAGS = frozenset(["iframe", "object", "embed", "base", "link", "audio", "video"])


def noted(texts: Sequence[str]) -> list[dict[str, object]]:
    """Three texts a note, in each provider's markup."""
    made = []
    for summary, act, title in zip(*[iter(texts)] * 3, strict=True):
        told = alert(replace(finding(), summary=summary, act=act, title=title))
        said = lines(told, AS_OF.date(), over=False, named=True)
        made.append({
            "wiki": escaping.wiki(said, MARK),
            "adf": escaping.document(said, MARK),
            "markdown": escaping.markdown(said, MARK),
            "html": escaping.plain_html(said, MARK),
        })  # fmt: skip
    return made


def noted_damage(left: object, texts: Sequence[str]) -> str:
    del texts
    for one in left:  # type: ignore[attr-defined]
        adf = json.dumps(one["adf"], ensure_ascii=False)
        adf.encode()
        whole = "\n".join([adf, one["wiki"], one["markdown"], one["html"]])
        wiki, marked = (re.sub(r"\\.", "", one[name]) for name in ("wiki", "markdown"))
        ours = marked.replace(f"<!-- {MARK} -->", "")
        found = (
            STRANGE.search(whole)
            or re.search(r"@\w|\w://", whole)
            or re.search(r"[{}\[\]*_|!#]", wiki)
            or re.search(r"[`*_\[\]<>#|]", ours)
            or re.search(r"[<>]", one["html"])
        )
        types = {node["type"] for part in one["adf"]["content"] for node in part["content"]}
        if found or types != {"text"}:
            return f"{found and found[0]!r} {types}"
    return ""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.said: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if tag in BAD_TAGS:
            self.bad.append(tag)
        for name, value in attrs:
            is_out = name in ("href", "src", "xlink:href") and not re.match(
                r"https://(tracker|host|calendar)\.test/|#|cid:", str(value)
            )
            if name.startswith("on") or is_out:
                self.bad.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def html_damage(text: str, scripts: int, texts: Sequence[str] = ()) -> str:
    """What is wrong with a page, and which of `texts` it does not show."""
    read = _Page()
    read.feed(text)
    found = STRANGE.search(text)
    wrong = [f"{read.scripts} scripts"] if read.scripts != scripts else []
    wrong += absent(texts, "\n".join(read.said))
    return " ".join([*read.bad, *wrong, *([repr(found[0])] if found else [])])


def absent(texts: Sequence[str], whole: str, written: Callable[[str], str] = str) -> list[str]:
    """The first text whose beginning is not in `whole`, as it is written there."""
    begun = map(beginning, texts)
    return [f"not told: {one!r}" for one in begun if written(one) not in whole][:1]


@lru_cache(maxsize=500)
def beginning(text: str) -> str:
    return clean_text(text, 20).removesuffix("…").rstrip()


@lru_cache(maxsize=1)
def desk() -> Desk:
    """A real one: the pages tell when a silence ends."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "syncd.toml")
        file.write_text('[people.dana]\nname = "Dana Li"\nemail = "dana@example.com"\n')
        with closing(open_store(f"sqlite:///{folder}/var/syncd.db", now=AS_OF)) as store:
            return Desk(load(file, {}), store, Signing("made-up-1" * 4))


def asked(texts: Sequence[str]) -> list[str]:
    """Two texts a page: what is told, and who the link acts for."""
    made = []
    for deed, (said, name) in zip(
        DEEDS * len(texts), zip(*[iter(texts)] * 2, strict=True), strict=False
    ):
        told = alert(replace(finding(), summary=said))
        grant = Grant(person="dana", deed=deed, fingerprint=told.fingerprint, number=1, update=1)
        offer = Offer(grant=grant, person=replace(DANA, name=name), alert=told)
        made.append(bytes(response(_asking(desk(), offer, "token", AS_OF)).body).decode())
    return made


def asked_damage(left: object, texts: Sequence[str]) -> str:
    del texts
    return " ".join(filter(None, (html_damage(one, 0) for one in left)))  # type: ignore[attr-defined]


ISSUES, REASONS, RELEASES, TEAMS = 80, 40, 12, 250
"""More than one page of each, and all are shown."""
REPORTED = 3 * ISSUES + REASONS + RELEASES + 1
TOLD = RELEASES + REASONS + TEAMS


class Drawn(NamedTuple):
    """One report in each of its forms."""

    html: str
    marked: str
    words: str


def reported(texts: Sequence[str]) -> Drawn:
    """Titles of issues and of releases, names of people, teams and a program, and what was said."""
    left = iter(texts)
    whole, titles, names, groups, reasons, releases = (
        list(islice(left, count)) for count in (1, ISSUES, ISSUES, ISSUES, REASONS, RELEASES)
    )
    launches = _releases(releases)
    things = [
        issue(f"T{n}-1", title=title, due="2026-11-02", assignee=f"a{n}",
              milestones=(launches[n % RELEASES].key,))
        for n, title in enumerate(titles)
    ]  # fmt: skip
    accounts = tuple(Account(source="jira", id=f"a{n}", name=name) for n, name in enumerate(names))
    held = replace(snapshot(*launches, *things), accounts=accounts)
    return _drawn(gather(_known(held, _of_teams(groups, whole[0]), reasons, Audience.TEAM)))


def told_of_week(texts: Sequence[str]) -> tuple[Drawn, bytes]:
    """Names of releases, what was said, and names of teams.

    What keeps a mail short is lifted, so that it names all of them.
    """
    left = iter(texts)
    names, reasons, groups = (list(islice(left, n)) for n in (RELEASES, REASONS, TEAMS))
    held = snapshot(*_releases(names))
    found = gather(_known(held, _of_teams(groups, "Checkout"), reasons, Audience.LEAD))
    occasion = Occasion(person=DANA, program="checkout", slot=AS_OF)
    sent = replace(notice_of_week(occasion, found, ages=()), attachment=None)
    with patch.object(weeklies, "MOST", TEAMS), patch.object(templating, "MOST_HTML", 10**6):
        return _drawn(found), render(MAIL, sent, DANA).body


def _releases(names: Sequence[str]) -> list[Milestone]:
    return [
        replace(version(f"{n}.0", release=f"2026-12-{n + 1:02}", scope="T0"), name=name)
        for n, name in enumerate(names)
    ]


def _known(
    held: Snapshot, settings: ReconcilerConfig, reasons: Sequence[str], audience: Audience
) -> Material:
    """Of a snapshot, with an alert that was accepted for each of the reasons."""
    told = alert(finding("T0-1"))
    acts = [
        answered(told, ActKind.ACCEPT, "dana", at("2026-11-20 10:00"), text=text)
        for text in reasons
    ]
    return material_of(
        held, settings, program="checkout", acts=acts, alerts=(told,), audience=audience
    )


def _of_teams(names: Sequence[str], whole: str) -> ReconcilerConfig:
    teams = tuple(team(f"t{n}", f"jira:T{n}", name=name) for n, name in enumerate(names))
    return config(
        teams=teams,
        people=(DANA,),
        programs=(program("checkout", teams=tuple(one.id for one in teams), name=whole),),
    )


def _drawn(found: Report) -> Drawn:
    words = json.dumps(report_document(found), ensure_ascii=False)
    return Drawn(page(found).decode(), report_markdown(found), words)


def week_damage(left: object, texts: Sequence[str]) -> str:
    drawn, mail = left  # type: ignore[misc]
    teams = texts[-TEAMS:]  # what else is told to leaders is without keys and names
    return form_damage(drawn, 0, teams) or mail_damage(mail, teams)


def reported_damage(left: object, texts: Sequence[str]) -> str:
    assert isinstance(left, Drawn)
    return form_damage(left, 1, texts)


def form_damage(drawn: Drawn, scripts: int, texts: Sequence[str] = ()) -> str:
    json.loads(drawn.words.encode())
    strange = STRANGE.search(drawn.words)
    found = html_damage(drawn.html, scripts, texts) or marked_damage(drawn.marked)
    missing = absent(texts, drawn.marked, escaped) or absent(texts, drawn.words, in_json)
    return f"{found} {missing} {strange and strange[0]!r}" if found or missing or strange else ""


def unspaced(text: str) -> str:
    """Lines of plain text and of terminals end anywhere in it."""
    return "".join(text.split())


def in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def marked_damage(text: str) -> str:
    bare = re.sub(r"\\.", "", text)
    links = re.findall(r"\]\(([^)]*)\)", bare)
    wrong = [one for one in links if not one.lstrip("<").startswith("https://")]
    found = STRANGE.search(text) or re.search(
        r"<[a-z!/]", re.sub(r"\]\(<https://[^<>]*>\)", "", bare)
    )
    return f"{wrong} {found and found[0]!r}" if wrong or found else ""


class Forms(NamedTuple):
    """A brief or a pack in each of its forms."""

    mail: bytes
    shown: str
    marked: str
    words: str


ALERTS, MEETINGS = 40, 20
BRIEFED = 5 * ALERTS + MEETINGS


def briefed(texts: Sequence[str]) -> tuple[Forms, Forms]:
    """A brief of the first half and a pack of the other, which leave out nothing."""
    mine, _ = _on_monday(texts[:BRIEFED])
    theirs, review = _on_monday(texts[BRIEFED:])
    return (
        _leaves(mine, brief(mine, FRIDAY, whole=True)),
        _leaves(theirs, pack(theirs, review, whole=True)),
    )


def _on_monday(texts: Sequence[str]) -> tuple[Reader, CalendarEvent]:
    """A reader, and their review.

    What alerts say, would help and are called, what was noted on them, titles of what moved, and
    of meetings.
    """
    left = iter(texts)
    summaries, acts, titles, notes, goals, who = (
        list(islice(left, count)) for count in (ALERTS, ALERTS, ALERTS, ALERTS, ALERTS, MEETINGS)
    )
    told = [
        opened(
            replace(late(f"LED-{n}"), summary=said, act=act, title=title),
            n,
            at("2026-11-23 07:25"),
        )
        for n, (said, act, title) in enumerate(zip(summaries, acts, titles, strict=True), start=1)
    ]
    said = [
        answered(one.alert, ActKind.NOTE, "rosei", at("2026-11-23 07:00"), text=text)
        for one, text in zip(told, notes, strict=True)
    ]
    made = material(_moved(goals, who), organisation(), *told, acts=said)
    mine = reader(made)
    return mine, next(one for one in made.view.snapshot.events if "go / no-go" in one.title)


def _moved(titles: Sequence[str], meetings: Sequence[str]) -> Snapshot:
    """A Monday on which issues moved, with many meetings: the last one is the review."""
    launch = version("checkout-v3", release="2026-12-15", scope="LED")
    moved = [
        issue(f"PAY-{n}", due="2026-12-02", title=title, milestones=(launch.key,))
        for n, title in enumerate(titles, start=100)
    ]
    dana = guests("dana@example.com")
    return snapshot(
        launch,
        *moved,
        *(change(one, "due", "2026-11-30", "2026-12-02", "2026-11-20 14:00") for one in moved),
        *(
            event(title or "-", f"2026-11-23 14:{n:02}", ref=f"{n:02}", attendees=dana)
            for n, title in enumerate(meetings)
        ),
        event("Checkout go / no-go", "2026-11-23 16:00", attendees=dana),
        as_of=MORNING,
    )


def _leaves(mine: Reader, content: Brief | MeetingPack) -> Forms:
    sent = notice(mine, content, about=("brief x", 0), at=None)
    out = StringIO()
    before, screens.sys.stdout = screens.sys.stdout, out
    try:
        show(Screen(Options()), content)
    finally:
        screens.sys.stdout = before
    words = json.dumps(list(documents(content, whole=True)), ensure_ascii=False)
    with patch.object(templating, "MOST_HTML", 10**6):
        body = render(MAIL, sent, mine.person).body
    return Forms(body, out.getvalue(), markdown(content), words)


def briefed_damage(left: object, texts: Sequence[str]) -> str:
    """Briefs tell of all but what would help; packs of all but other meetings."""
    of_brief, of_pack = left  # type: ignore[misc]
    mine, theirs = texts[:BRIEFED], texts[BRIEFED:]
    acts = [one[:1].upper() + one[1:] for one in map(clean_text, theirs[ALERTS : 2 * ALERTS])]
    return _told_damage(of_brief, [*mine[:ALERTS], *mine[2 * ALERTS :]]) or _told_damage(
        of_pack, [*acts, *theirs[:ALERTS], *theirs[2 * ALERTS : 5 * ALERTS]]
    )


def _told_damage(left: Forms, texts: Sequence[str]) -> str:
    json.loads(left.words.encode())
    bare = re.sub(r"\x1b\[[0-9;]*m", "", left.shown)
    missing = absent(texts, unspaced(bare), unspaced) or absent(texts, left.marked, escaped)
    missing = missing or absent(texts, left.words, in_json)
    strange = STRANGE.search(bare + left.words)
    found = mail_damage(left.mail, texts) or marked_damage(left.marked)
    return f"{found} {missing} {strange and strange[0]!r}" if found or missing or strange else ""


def mail_damage(body: bytes, texts: Sequence[str] = ()) -> str:
    parsed = email.message_from_bytes(body, policy=POLICY)
    if parsed.defects or [one.addr_spec for one in parsed["To"].addresses] != [DANA.email]:
        return "headers"
    html, plain = (
        found.get_content() if (found := parsed.get_body((kind,))) else ""
        for kind in ("html", "plain")
    )
    if strange := STRANGE.search((plain + str(parsed["Subject"])).replace("\r\n", "\n")):
        return f"control {strange[0]!r}"
    is_whole = html or sum(len(text.encode(errors="replace")) for text in texts) < HEAVY
    missing = absent(texts, unspaced(plain), unspaced) if is_whole else []
    return f"{missing}" if missing else html_damage(html.replace("\r\n", "\n"), 0)
