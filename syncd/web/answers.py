"""`/a/TOKEN` asks before it answers an alert, `/u/TOKEN` before it turns a kind of mail off.

Only a POST acts: programs that scan mail open every link in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.alerts.stopping import mails
from syncd.answering import ACCEPTS, SNOOZES, Desk, Offer, Refused
from syncd.errors import SyncdError
from syncd.model.calendar import local_time
from syncd.model.grants import Deed
from syncd.pictures.days import day
from syncd.text import clean_text
from syncd.web.guards import TooLarge, WrongTokens, body_of
from syncd.web.pages import Page, response

log = logging.getLogger(__name__)

_ASKS = {
    Deed.ACK: ("You have it?", "Yes, I have it",
               "You are not reminded for ten working days, unless it gets worse or changes."),
    Deed.SNOOZE: ("Quiet for a while?", "Be quiet",
                  "You hear nothing of it until then, unless it gets worse or changes."),
    Deed.USEFUL: ("Was it useful to be told?", "Yes, useful",
                  "That counts for the rule that found it."),
    Deed.NOT_USEFUL: ("Was it not useful to be told?", "Not useful",
                      "A rule that is rarely useful goes to digests by itself."),
    Deed.KNOWN: ("Did you know already?", "I knew already",
                 "A rule that only tells what is known goes to digests by itself."),
    Deed.STOP: ("No more mail about this?", "No more of this",
                "You hear nothing more of it until somebody reopens it."),
    Deed.ACCEPT: ("Is it fine as it is?", "Accept it",
                  "Nobody hears of it until then, unless it changes materially."),
    Deed.NOTE: ("Write a note", "Keep the note", "It silences nothing."),
    Deed.REOPEN: ("Take the answer back?", "Take it back",
                  "What was answered ends, for everybody: news of it is sent again."),
}  # fmt: skip
_MUST_NOTE = {Deed.ACCEPT: "Why? Everybody reads that on the alert.",
              Deed.NOTE: "Everybody reads that on the alert."}  # fmt: skip
_MAY_NOTE = "A note, if you like. Everybody reads that on the alert."
_ELSE = {
    Deed.ACK: "I have it", Deed.SNOOZE: "Quiet for a while", Deed.ACCEPT: "It is fine as it is",
    Deed.NOTE: "Write a note", Deed.REOPEN: "Take back what was answered",
}  # fmt: skip
_DAYS = {Deed.SNOOZE: (SNOOZES, 2), Deed.ACCEPT: (ACCEPTS, 28)}
"""What the page offers, and what is chosen where nobody chooses."""
_DONE = {
    Deed.ACK: "Noted: you have it", Deed.SNOOZE: "Quiet", Deed.USEFUL: "Thank you",
    Deed.NOT_USEFUL: "Thank you", Deed.KNOWN: "Thank you", Deed.STOP: "No more of this",
    Deed.ACCEPT: "Accepted", Deed.NOTE: "Noted", Deed.REOPEN: "Taken back",
}  # fmt: skip
_SPANS = {
    1: "1 working day",
    2: "2 working days",
    7: "1 week",
    14: "2 weeks",
    28: "4 weeks",
    84: "12 weeks",
}
WRONG = "This link does nothing"


class AnswerPages:
    """The routes. `desk` gives the desk that is in charge now; `clock` the present."""

    def __init__(
        self, desk: Callable[[], Desk | None], public_url: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._desk, self._public_url, self._clock = desk, public_url, clock
        self._wrong = WrongTokens()

    def routes(self) -> list[Route]:
        """To be mounted where `serve.public_url` says."""
        return [
            Route("/a/{token}", self._alert, methods=["GET", "POST"]),
            Route("/u/{token}", self._mails, methods=["GET", "POST"]),
        ]

    async def _alert(self, request: Request) -> Response:
        return await self._answer(request, is_about_alert=True)

    async def _mails(self, request: Request) -> Response:
        return await self._answer(request, is_about_alert=False)

    async def _answer(self, request: Request, *, is_about_alert: bool) -> Response:
        token, desk = str(request.path_params["token"]), self._desk()
        try:
            if desk is None:
                raise Refused("Nothing can be answered here.")
            offer = await run_in_threadpool(desk.offer, token, self._clock())
            if (offer.alert is not None) is not is_about_alert:
                raise Refused("This link is for another page.")
            if request.method != "POST":
                return response(await run_in_threadpool(self._asking, desk, offer, token))
            form = await self._form(request, token, is_about_alert=is_about_alert)
            done = await run_in_threadpool(desk.use, token, form, self._clock())
            log.info("link.act act=%s by=%s", done.grant.deed, done.person.id)
            return response(await run_in_threadpool(self._done, desk, done, token, form))
        except Refused as error:
            return self._refused(request, error)
        except TooLarge:
            return response(Page(title=WRONG, lines=["The form is too large."]), 413)
        except SyncdError as error:
            log.error("link.failed error=%s", error)  # noqa: TRY400 - expected: no traceback
            lines = ["Nothing was changed. Try again in a minute."]
            return response(Page(title="That did not work", lines=lines), 503)

    def _asking(self, desk: Desk, offer: Offer, token: str) -> Page:
        page = _asking(desk, offer, token, self._clock())
        return replace(page, links=self._links(desk, offer))

    def _done(self, desk: Desk, offer: Offer, token: str, form: dict[str, str]) -> Page:
        return replace(_done(offer, token, form), links=self._links(desk, offer))

    def _links(self, desk: Desk, offer: Offer) -> list[tuple[str, str]]:
        """What else can be said, beside this page: an address such as `TOKEN`."""
        return [(token, _ELSE[deed]) for deed, token in desk.others(offer, self._clock())]

    def _refused(self, request: Request, error: Refused) -> Response:
        if not error.is_known:
            address = request.client.host if request.client else ""
            if self._wrong.is_too_many(address):
                return Response("Too many wrong links.\n", 429, {"Retry-After": "60"})
        page = Page(title=WRONG, lines=[str(error)], small=["Nothing was changed."])
        return response(page, 410 if error.is_known else 404)

    async def _form(self, request: Request, token: str, *, is_about_alert: bool) -> dict[str, str]:
        """What the page sent. Raises Refused for a form that is not from our own page."""
        text = (await body_of(request)).decode("ascii", "replace")
        found = {name: values[0] for name, values in parse_qs(text, max_num_fields=20).items()}
        is_one_click = found.get("List-Unsubscribe") == "One-Click" and not is_about_alert
        if is_one_click:
            return {}
        if found.get("token") != token or not self._is_our_page(request):
            raise Refused("That did not come from the page itself; open the link again.")
        return found

    def _is_our_page(self, request: Request) -> bool:
        """Browsers say where a form was; those that say nothing are held to its token alone."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("origin", "null")
        places = (urlsplit(self._public_url()), request.base_url)
        return origin == "null" or origin in {f"{each.scheme}://{each.netloc}" for each in places}


def _asking(desk: Desk, offer: Offer, token: str, now: datetime) -> Page:
    if offer.alert is None:
        return _asking_about_mails(desk, offer, token)
    deed = offer.grant.deed
    title, button, effect = _ASKS[deed]
    spans, usual = _DAYS.get(deed, ((), 0))
    today = local_time(now, offer.person.timezone).date()
    ends = [(days, desk.until(offer.person, days, now)) for days in spans]
    lines = [_about(offer), effect]
    if offer.is_outdated:
        lines.append("There is newer news of it than the mail that you opened this from; of that "
                     "you are told all the same.")  # fmt: skip
    return Page(
        title=title, lines=lines, button=button, token=token, small=[_whose(offer)],
        days=[(days, f"{_SPANS[days]}, until {day(end, today)}") for days, end in ends],
        usual=usual,
        note=_MUST_NOTE.get(deed, _MAY_NOTE), must_note=deed in _MUST_NOTE,
    )  # fmt: skip


def _asking_about_mails(desk: Desk, offer: Offer, token: str) -> Page:
    what, small = mails(offer.grant.kind), [_whose(offer)]
    if desk.is_stopped(offer):
        return Page(
            title=f"You get no {what}", button="Send them again", token=token, small=small,
            again=True,
        )  # fmt: skip
    lines = [f"You get no more {what}; other kinds of mail go on."]
    return Page(title=f"No more {what}?", lines=lines, button="No more", token=token, small=small)


def _done(offer: Offer, token: str, form: dict[str, str]) -> Page:
    if offer.alert is not None:
        return Page(title=_DONE[offer.grant.deed], lines=[_about(offer)], small=[
            "Everybody sees that on the alert. You can close this page."])  # fmt: skip
    what = mails(offer.grant.kind)
    if form.get("again") == "yes":
        return Page(title=f"You get {what} again", small=["You can close this page."])
    return Page(title=f"You get no more {what}", button="Send them again", token=token,
                again=True, small=[_whose(offer)])  # fmt: skip


def _about(offer: Offer) -> str:
    if offer.alert is None:
        return ""
    finding = offer.alert.finding
    words = finding.plain if offer.person.role.value == "exec" else finding.summary
    return f"{offer.alert.id}: {clean_text(words, 300)}"


def _whose(offer: Offer) -> str:
    return f"This acts for {clean_text(offer.person.name, 80)}. If that is not you, close it."
