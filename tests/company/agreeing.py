"""Whether all versions of one alert, for each role, agree: dates, numbers, and words that fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from syncd.model.findings import Finding
from syncd.model.people import Role
from syncd.notifiers.email.render import bodies
from syncd.testing.alerts import notification, transition
from syncd.testing.builders import person

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DATE = re.compile(rf"\b(?P<day>\d{{1,2}}) (?P<month>{_MONTHS})(?: (?P<year>\d{{4}}))?\b")
_KEY = re.compile(r"\b[A-Z][A-Z0-9_]*-\d+\b|[\w./-]+#\d+\b|https?://\S+|\bD-\d+\b")
_TITLE = re.compile(r"\bTitle of [A-Z]+-\d+")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?![\w])")
BLAME = re.compile(
    r"\b(failed to|fails to|fault|blame\w*|delayed by|guilty|negligen\w*|sloppy|lazy|careless\w*|"
    r"incompeten\w*|excuses?|forgot|ignored|neglected|missed by|because of [A-Z]\w+ [A-Z]\w+)\b",
    re.IGNORECASE,
)
CODE = re.compile(
    r"\b(p50|p85|p95|wd|fingerprint|discriminator|tier [ABC]|deliverable:|jira:|github:|None|null)\b"
)
"""Words of the program itself, which no reader should meet."""
TRADE = re.compile(
    r"\b(pull requests?|PRs?|sub-?tasks?|epics?|backlog|merged?|commits?|branch\w*|assignees?|"
    r"reviewers?|kanban|velocity|quantile|float|critical path)\b",
    re.IGNORECASE,
)
"""Words of those who do the work, which leaders need not know."""


def texts(found: Finding) -> dict[Role, str]:
    """What each role reads of the finding, without the last paragraph, which is about the mail."""
    sent = notification(transition(found))
    readers = {role: person("dana", name="Dana Li", role=role) for role in Role}
    return {
        role: " ".join(bodies(sent, reader)[0].rpartition("\n\n")[0].split())
        for role, reader in readers.items()
    }


def dates(text: str) -> set[tuple[str, ...]]:
    """(day, month, year or "") of every date in it."""
    return {(one["day"], one["month"], one["year"] or "") for one in _DATE.finditer(text)}


def numbers(text: str) -> set[str]:
    """Every number that is no part of a date, a key or an address."""
    return set(_NUMBER.findall(_KEY.sub(" ", _DATE.sub(" ", text))))


def disagreements(found: Finding, people: Collection[str] = ()) -> Iterator[str]:
    """What a version says that the whole one does not know, and words that do not fit its reader.

    The whole is what a TPM reads in the mail, and in `alerts explain`. `people` are names that no
    leader should read.
    """
    told = texts(found)
    more = [found.summary, found.reckoning.formula, *(fact.text for fact in found.facts)]
    whole = " ".join([told[Role.TPM], *more])
    for role, text in told.items():
        strange = (dates(text) - dates(whole)) | (numbers(text) - numbers(whole))
        if strange:
            yield f"{found.rule} for {role} alone: {sorted(map(str, strange))} in {text!r}"
        for words in (BLAME, CODE):
            for one in words.findall(text):
                yield f"{found.rule} for {role}: {one!r} in {text!r}"
    leader = _TITLE.sub("it", told[Role.EXEC].removeprefix("D-41 "))
    named = [name for name in people if name in leader]
    for one in [*TRADE.findall(leader), *_KEY.findall(leader), *named]:
        yield f"{found.rule} for leaders: {one!r} in {leader!r}"
