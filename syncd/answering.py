"""What replies and links do: who says it, whether they may, and the act that is kept.

Nothing here reads the clock or the network. What is refused is refused in a sentence for the person
who pressed the link; a reply that is refused is counted and never answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from syncd.addressing import audiences_of
from syncd.alerts.answering import LONGEST, Said, Speaker, act_of
from syncd.alerts.answers import Answers, seen
from syncd.alerts.neutral import veiled
from syncd.alerts.routes import Routes
from syncd.alerts.stopping import Stops, withdrawn
from syncd.alerts.tree import Tree
from syncd.errors import Unanswerable
from syncd.inbox.letters import Bounce, Letter
from syncd.inbox.wishes import Present, Wish, day_of, wishes_of
from syncd.interfaces import Store
from syncd.model.acts import Act, ActKind, Seen, Verdict, Way
from syncd.model.alerts import Alert, AlertState, MessageState, Reason, Transition
from syncd.model.grants import Deed, Grant, reply_about
from syncd.model.mailboxes import Oddity, OddKind, Taken
from syncd.model.people import Person, spelt
from syncd.reconciler.config import ReconcilerConfig
from syncd.settings import Settings, holiday_years
from syncd.signing import Address, BadToken, Signing, TooOld, read_tag
from syncd.text import clean_text

SNOOZES = (1, 2, 7, 14)
"""Days of silence that the page of a link offers."""
ACCEPTS = (7, 28, 84)
"""Days for which that page offers to accept something."""
_SAID = {
    Deed.REOPEN: Said(kind=ActKind.REOPEN),
    Deed.ACK: Said(kind=ActKind.ACK),
    Deed.STOP: Said(kind=ActKind.STOP),
    Deed.USEFUL: Said(kind=ActKind.FEEDBACK, verdict=Verdict.USEFUL),
    Deed.NOT_USEFUL: Said(kind=ActKind.FEEDBACK, verdict=Verdict.NOT_USEFUL),
    Deed.KNOWN: Said(kind=ActKind.FEEDBACK, verdict=Verdict.KNOWN),
}


class Refused(Exception):
    """A link cannot be used; the sentence is for whoever opened it and names nothing else."""

    def __init__(self, message: str, *, is_known: bool = True) -> None:
        super().__init__(message)
        self.is_known = is_known
        """Whether it was a link of ours at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a link would do, for the page that asks."""

    grant: Grant
    person: Person
    alert: Alert | None
    """In the form that the person may see; None where the link is about a kind of mail."""
    is_outdated: bool = False
    """Newer news was told since."""


class Desk:
    """Takes answers, under one configuration and one signing key."""

    def __init__(self, settings: Settings, store: Store, signing: Signing) -> None:
        self._settings, self._store, self._signing = settings, store, signing
        people = spelt(settings.reachable(), store.accounts())
        self._people = {person.id: person for person in people}
        self._config = lru_cache(maxsize=2)(self._config_of)

    def reply(self, letter: Letter, now: datetime) -> Taken | None:
        """What follows from a mail that came in; None where it is none of ours."""
        if letter.bounce is not None:
            return self._bounced(letter, letter.bounce, now)
        addresses = [found for tag in letter.tags if (found := read_tag(tag)) is not None]
        if not addresses:
            return None
        nothing = Taken(key=letter.key, at=now)
        if letter.is_automatic:
            return nothing
        for address in addresses:
            if owner := self._grant_of(address, letter.sender):
                return self._replied(letter, owner, now) or nothing
        odd = self._oddity(addresses, now)
        return Taken(key=letter.key, at=now, oddity=odd)

    def offer(self, token: str, now: datetime) -> Offer:
        """What a link would do; changes nothing. Raises Refused."""
        try:
            grant = self._signing.read_link(token, now)
        except BadToken as error:
            raise Refused(str(error), is_known=isinstance(error, TooOld)) from None
        person = self._people.get(grant.person)
        if person is None:
            raise Refused("This link was made for somebody whom syncd does not know any more.")
        if not grant.fingerprint:
            return Offer(grant=grant, person=person, alert=None)
        if used := self._store.taken_at(self._signing.key_of(token)):
            raise Refused(f"This link was used already, on {_day(used, person)}.")
        alert = self._alert(grant.fingerprint, grant.number)
        if alert is None:
            raise Refused("This link is about an alert that syncd does not hold any more.")
        if not self._may_see(person, alert, now):
            raise Refused("You are not among those who are told of this any more.")
        outdated = alert.number != grant.number or alert.update > grant.update
        shown = veiled(alert, person, audiences_of(self._settings, self._people.values()))
        return Offer(grant=grant, person=person, alert=shown, is_outdated=outdated)

    def use(self, token: str, form: Mapping[str, str], now: datetime) -> Offer:
        """Do what the link is for, once. Raises Refused."""
        offer = self.offer(token, now)
        if offer.alert is None:
            self._turn(offer, form, now)
            return offer
        act = self._made(offer.person, self._chosen(offer, form, now), offer.grant, Way.LINK, now)
        if isinstance(act, str):
            raise Refused(act)
        once = f"{token} {act.text}" if offer.grant.deed is Deed.NOTE else token
        if not self._store.take(self._taken(self._signing.key_of(once), act)):
            raise Refused("This link was used already.")
        return offer

    def others(self, offer: Offer, now: datetime) -> tuple[tuple[Deed, str], ...]:
        """What else the person can say of the alert, each with the token of a link of its own."""
        alert = offer.alert
        if alert is None:
            return ()
        fits = [Deed.NOTE]
        if alert.state is not AlertState.RESOLVED:
            acts = self._store.acts()
            answers = Answers(acts, now, self._config(now.date()).calendar)
            is_answered = answers.of(alert) is not None or bool(Stops(acts).of(alert))
            fits = [Deed.ACK, Deed.SNOOZE, Deed.ACCEPT, Deed.NOTE]
            fits += [Deed.REOPEN] if is_answered else []
        links = [(one, self._signing.link(replace(offer.grant, deed=one))) for one in fits]
        taken = self._store.taken_at
        return tuple(
            (deed, token)
            for deed, token in links
            if deed is not offer.grant.deed and taken(self._signing.key_of(token)) is None
        )

    def is_stopped(self, offer: Offer) -> bool:
        """Whether the person gets no more mail of the kind that the link is about."""
        return Stops(self._store.acts()).has(offer.person.id, offer.grant.kind)

    def _turn(self, offer: Offer, form: Mapping[str, str], now: datetime) -> None:
        """Off, or with `again` on; pressing it twice is pressing it once."""
        again = form.get("again") == "yes"
        if self.is_stopped(offer) is not again:
            return
        kind = ActKind.REOPEN if again else ActKind.STOP
        act = Act(kind=kind, at=now, by=offer.person.id, name=offer.grant.kind, way=Way.LINK)
        key = f"{offer.person.id} {offer.grant.kind} {kind} {now.isoformat()}"
        self._store.take(self._taken(self._signing.key_of(key), act))

    def _chosen(self, offer: Offer, form: Mapping[str, str], now: datetime) -> Said:
        deed, text = offer.grant.deed, form.get("note", "").strip()
        if deed in (Deed.NOTE, Deed.ACCEPT) and not text:
            raise Refused("Nothing was written; open the link again and say it in a few words.")
        if deed is Deed.NOTE:
            return Said(kind=ActKind.NOTE, text=text)
        if deed not in (Deed.SNOOZE, Deed.ACCEPT):
            return replace(_SAID[deed], text=text)
        kind, spans = (
            (ActKind.SNOOZE, SNOOZES) if deed is Deed.SNOOZE else (ActKind.ACCEPT, ACCEPTS)
        )
        days = form.get("days", "")
        if days not in map(str, spans):
            raise Refused("The page did not say for how long; open the link again.")
        return Said(kind=kind, until=self.until(offer.person, int(days), now), text=text)

    def until(self, person: Person, days: int, now: datetime) -> date:
        """The day on which a silence of so many working days, or of whole weeks, ends."""
        span = f"{days // 7}w" if days % 7 == 0 else f"{days}d"
        present = self._present(person, now)
        return day_of(span, present) or present.today

    def _present(self, person: Person, now: datetime) -> Present:
        return Present(_today(person, now), self._config(now.date()).calendar_of(person))

    def _replied(self, letter: Letter, found: tuple[Person, Grant], now: datetime) -> Taken | None:
        person, grant = found
        if grant.deed is Deed.STOP:
            act = Act(kind=ActKind.STOP, at=now, by=person.id, name=grant.kind, way=Way.MAIL)
            return self._taken(letter.key, act)
        acts = [
            act
            for wish in wishes_of(letter.text, self._present(person, now))
            for act in self._acts(person, wish, grant, now)
        ]
        return self._taken(letter.key, *acts) if acts else None

    def _acts(self, person: Person, wish: Wish, grant: Grant, now: datetime) -> Iterator[Act]:
        """What a wish comes to; where that is nothing, the words that were worth writing."""
        left = ""
        for about in self._meant(person, wish, grant, now):
            done = self._made(person, wish.said, about, Way.MAIL, now) if about else ""
            if isinstance(done, Act):
                yield done
            else:
                left = left or (wish.said.text if about and about.number else wish.words)
        if left:
            note = Said(kind=ActKind.NOTE, text=left)
            done = self._made(person, note, grant, Way.MAIL, now)
            yield done if isinstance(done, Act) else _noted(person, note, Way.MAIL, now)

    def _meant(
        self, person: Person, wish: Wish, grant: Grant, now: datetime
    ) -> Iterator[Grant | None]:
        """A grant for each alert that is meant; None for one that this address does not answer.

        The address in a mail about one alert answers no other: who got hold of it can do no more
        than that. What is said in a note is said of that alert, whatever others it names.
        """
        is_note = wish.said.kind is ActKind.NOTE
        if not wish.numbers or (grant.number and is_note):
            yield grant
        elif grant.number:
            yield from (grant if number == grant.number else None for number in wish.numbers)
        else:
            held = {one.number: one for one in self._store.alerts()}
            for alert in map(held.get, wish.numbers):
                may_answer = alert is not None and self._may_see(person, alert, now)
                yield reply_about(person.id, alert) if alert is not None and may_answer else None

    def _made(self, person: Person, said: Said, grant: Grant, way: Way, now: datetime) -> Act | str:
        """The act; or why there is none, in a sentence."""
        speaker = Speaker(by=person.id, at=now, way=way)
        if not grant.number:
            if said.kind is not ActKind.NOTE:
                return "Say of which alert, as D-41."
            return _noted(person, said, way, now)
        alert = self._alert(grant.fingerprint, grant.number)
        if alert is None:
            return "syncd does not hold that alert any more."
        if not self._may_see(person, alert, now):
            return "You are not among those who are told of this any more."
        acts = self._store.acts()
        answers = Answers(acts, now, self._config(now.date()).calendar)
        told = self._told(alert, grant)
        try:
            return act_of(said, alert, speaker, answers, Stops(acts), told=told)
        except Unanswerable as error:
            return f"{error}."

    def _told(self, alert: Alert, grant: Grant) -> Seen:
        """The alert as the person was told of it, which may be long ago."""
        steps = self._store.history(grant.fingerprint)
        known = [one.alert for one in steps if one.told and one.alert.update == grant.update]
        if known:
            return seen(known[-1])
        return replace(seen(alert), number=grant.number, update=grant.update)

    def _alert(self, fingerprint: str, number: int) -> Alert | None:
        """The alert of that number; an older episode of it counts as the same alert."""
        found = next((one for one in self._store.alerts() if one.fingerprint == fingerprint), None)
        return None if found is None or found.number < number else found

    def _may_see(self, person: Person, alert: Alert, now: datetime) -> bool:
        config = self._config(now.date())
        tree = Tree(self._settings.tree(), Routes(config.people, config.programs, config.teams))
        news = Transition(alert=alert, before=alert.state, reason=Reason.CHANGED, at=now, told=True)
        return person.id in tree.reached(news)

    def _taken(self, key: str, *acts: Act) -> Taken:
        stops = [act for act in acts if act.kind is ActKind.STOP]
        waiting = self._store.messages(MessageState.WAITING) if stops else ()
        ended = (message for act in stops for message in withdrawn(act, waiting))
        return Taken(key=key, at=acts[0].at, acts=acts, messages=tuple(dict.fromkeys(ended)))

    def _grant_of(self, address: Address, sender: str) -> tuple[Person, Grant] | None:
        """Whose address it is, if the sender is that person."""
        for person in self._people.values():
            is_theirs = bool(sender) and person.email.lower() == sender
            if is_theirs and (grant := self._proven(address, person)):
                return person, grant
        return None

    def _proven(self, address: Address, person: Person) -> Grant | None:
        grant = self._claimed(address, person)
        return grant if grant is not None and self._signing.matches(address, grant) else None

    def _claimed(self, address: Address, person: Person) -> Grant | None:
        if address.kind == Deed.REPLY.value:
            return reply_about(person.id, None)
        if address.kind:
            return Grant(person=person.id, deed=Deed.STOP, kind=address.kind)
        for alert in self._store.alerts():
            if alert.number == address.number or self._was(alert, address.number):
                told = reply_about(person.id, alert)
                return replace(told, number=address.number, update=address.update)
        return None

    def _was(self, alert: Alert, number: int) -> bool:
        """Whether an earlier episode of the alert had that number."""
        if alert.episode == 1 or number > alert.number:
            return False
        return any(step.alert.number == number for step in self._store.history(alert.fingerprint))

    def _oddity(self, addresses: list[Address], now: datetime) -> Oddity:
        """Somebody else's address was used, or one that was never made."""
        for address in addresses:
            for person in self._people.values():
                if self._proven(address, person):
                    return Oddity(kind=OddKind.FOREIGN, about=person.id, day=now.date())
        return Oddity(kind=OddKind.FORGED, day=now.date())

    def _bounced(self, letter: Letter, bounce: Bounce, now: datetime) -> Taken | None:
        """Only a report about a mail that was sent to that address says anything."""
        sent = (one for one in self._store.messages() if one.message_id == bounce.original)
        message = next(sent, None)
        person = self._people.get(message.person) if message is not None else None
        if message is None or person is None:
            return None
        if message.recipient.lower() not in bounce.recipients:
            return None
        odd = Oddity(
            kind=OddKind.BOUNCED, about=person.id, day=now.date(),
            text=f"{message.recipient.lower()}: {bounce.words}",
        )  # fmt: skip
        return Taken(key=letter.key, at=now, oddity=odd)

    def _config_of(self, day: date) -> ReconcilerConfig:
        moment = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("UTC"))
        made = self._settings.reconciler_config(holiday_years(moment))
        return replace(made, people=tuple(self._people.values()))


def _noted(person: Person, said: Said, way: Way, now: datetime) -> Act:
    """A note about no alert."""
    return Act(
        kind=ActKind.NOTE, at=now, by=person.id, text=clean_text(said.text, LONGEST), way=way
    )


def _today(person: Person, now: datetime) -> date:
    return now.astimezone(ZoneInfo(person.timezone)).date()


def _day(moment: datetime, person: Person) -> str:
    local = moment.astimezone(ZoneInfo(person.timezone))
    return f"{local.day} {local:%b %H:%M}"
