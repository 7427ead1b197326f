"""Ways out that are more than one alert: notes on items, pages, reports, briefs and packs."""

import email
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from email.policy import SMTP as POLICY
from html.parser import HTMLParser
from io import StringIO

from syncd.alerts.remarks import lines
from syncd.answering import Offer
from syncd.briefing.brief import brief
from syncd.briefing.due import notice
from syncd.briefing.pack import pack
from syncd.cli import screen as screens
from syncd.cli.brief_forms import documents, markdown, show
from syncd.cli.options import Options
from syncd.cli.screen import Screen
from syncd.model.acts import ActKind
from syncd.model.findings import Finding
from syncd.model.grants import Deed, Grant
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.report.contents import Audience
from syncd.report.document import document as report_document
from syncd.report.gathering import gather
from syncd.report.markdown import markdown as report_markdown
from syncd.report.page import page
from syncd.testing.alerts import alert, finding
from syncd.testing.briefs import (
    FRIDAY,
    answered,
    held,
    late,
    material,
    opened,
    organisation,
    people,
    reader,
)
from syncd.testing.builders import AS_OF, at, issue, person, program, snapshot, team, version
from syncd.testing.organisation import config
from syncd.testing.reports import material_of
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


def html_damage(text: str, scripts: int) -> str:
    read = _Page()
    read.feed(text)
    found = STRANGE.search(text)
    wrong = [f"{read.scripts} scripts"] if read.scripts != scripts else []
    return " ".join([*read.bad, *wrong, *([repr(found[0])] if found else [])])


def asked(texts: Sequence[str]) -> list[str]:
    """Two texts a page: what is told, and who the link acts for."""
    made = []
    for deed, (said, name) in zip(
        DEEDS * len(texts), zip(*[iter(texts)] * 2, strict=True), strict=False
    ):
        told = alert(replace(finding(), summary=said))
        grant = Grant(person="dana", deed=deed, fingerprint=told.fingerprint, number=1, update=1)
        offer = Offer(grant=grant, person=replace(DANA, name=name), alert=told)
        made.append(bytes(response(_asking(None, offer, "token")).body).decode())  # type: ignore[arg-type]
    return made


def asked_damage(left: object, texts: Sequence[str]) -> str:
    del texts
    return " ".join(filter(None, (html_damage(one, 0) for one in left)))  # type: ignore[attr-defined]


ISSUES = 100
"""More than one page of them, and all are shown."""


def reported(texts: Sequence[str]) -> list[tuple[str, str, str]]:
    """Titles of issues and a version, names of people, a team and a program, and what was said."""
    titles, rest = texts[:ISSUES], texts[ISSUES:]
    release, who, group, whole, reason = rest
    launch = replace(version("2.0", release="2026-12-04", scope="PAY"), name=release)
    things = [
        issue(f"PAY-{n}", title=title, due="2026-11-02", milestones=(launch.key,))
        for n, title in enumerate(titles)
    ]
    settings = config(
        teams=(team("payments", "jira:PAY", name=group),),
        people=(person("dana", name=who, team="payments"),),
        programs=(program("checkout", teams=("payments",), name=whole),),
    )
    told = alert(finding("PAY-1"))
    acts = (answered(told, ActKind.ACCEPT, "dana", at("2026-11-20 10:00"), text=reason),)
    made = []
    for audience in Audience:
        known = material_of(
            snapshot(launch, *things), settings, audience=audience, program="checkout", acts=acts,
            alerts=(told,),
        )  # fmt: skip
        found = gather(known)
        words = json.dumps(report_document(found), ensure_ascii=False)
        made.append((page(found).decode(), report_markdown(found), words))
    return made


def reported_damage(left: object, texts: Sequence[str]) -> str:
    del texts
    for scripts, (html, marked, words) in zip((1, 0), left, strict=True):  # type: ignore[call-overload]
        json.loads(words.encode())
        found = html_damage(html, scripts) or marked_damage(marked)
        strange = STRANGE.search(words)
        if found or strange:
            return f"{found} {strange and strange[0]!r}"
    return ""


def marked_damage(text: str) -> str:
    bare = re.sub(r"\\.", "", text)
    links = re.findall(r"\]\(([^)]*)\)", bare)
    wrong = [one for one in links if not one.lstrip("<").startswith("https://")]
    found = STRANGE.search(text) or re.search(
        r"<[a-z!/]", re.sub(r"\]\(<https://[^<>]*>\)", "", bare)
    )
    return f"{wrong} {found and found[0]!r}" if wrong or found else ""


def briefed(texts: Sequence[str]) -> list[tuple[bytes, str]]:
    """What an alert says, the titles of what it is about, of meetings and of what moved.

    Two texts each, which most fields show whole.
    """
    pairs = (" ".join(pair) for pair in zip(*[iter(texts)] * 2, strict=True))
    ref, title, summary, act, goal, meeting, name, said = pairs
    now = held()
    found: Finding = replace(late(), ref=ref, title=title, summary=summary, act=act)
    events = tuple(replace(one, title=f"{meeting} go / no-go") for one in now.events)
    issues = tuple(replace(one, title=goal) for one in now.issues)
    told = opened(found, 41, at("2026-11-23 07:25"))
    settings = organisation(
        people=tuple(replace(one, name=name) if one.id == "rosei" else one for one in people())
    )
    made = material(
        replace(now, events=events, issues=issues), settings, told,
        acts=(answered(told.alert, ActKind.NOTE, "rosei", at("2026-11-23 07:00"), text=said),),
    )  # fmt: skip
    mine = reader(made)
    done = []
    for content in (brief(mine, FRIDAY), pack(mine, events[-1])):
        sent = notice(mine, content, about=("brief x", 0), at=None)
        out = StringIO()
        before, screens.sys.stdout = screens.sys.stdout, out
        try:
            show(Screen(Options()), content)
        finally:
            screens.sys.stdout = before
        words = json.dumps(list(documents(content, whole=True)), ensure_ascii=False)
        body = render(MAIL, sent, mine.person).body
        done.append((body, "\0".join([out.getvalue(), markdown(content), words])))
    return done


def briefed_damage(left: object, texts: Sequence[str]) -> str:
    del texts
    for body, said in left:  # type: ignore[attr-defined]
        parsed = email.message_from_bytes(body, policy=POLICY)
        if parsed.defects or [one.addr_spec for one in parsed["To"].addresses] != [
            "dana@example.com"
        ]:
            return "headers"
        html, plain = (
            found.get_content() if (found := parsed.get_body((kind,))) else ""
            for kind in ("html", "plain")
        )
        if strange := STRANGE.search((plain + str(parsed["Subject"])).replace("\r\n", "\n")):
            return f"control {strange[0]!r}"
        shown, marked, words = said.split("\0")
        json.loads(words.encode())
        bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
        strange = STRANGE.search(bare + words)
        found = html_damage(html.replace("\r\n", "\n"), 0) or marked_damage(marked)
        if found or strange:
            return f"{found} {strange and strange[0]!r}"
    return ""
