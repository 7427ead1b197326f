"""What a link's phrase says of order (`reconciler.md` §C1): never read from its slot."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from syncd.model.links import Link


class Meaning(StrEnum):
    """What the near end is to the far end."""

    WAITS = "depends_on"
    GATES = "blocks"
    CHILD = "child_of"
    PARENT = "parent_of"
    TOGETHER = "finishes_with"
    DUPLICATE = "duplicate_of"
    """The near end says what the far end says already."""
    ORIGINAL = "duplicated_by"
    NONE = "none"


OPPOSITE = {
    Meaning.WAITS: Meaning.GATES,
    Meaning.GATES: Meaning.WAITS,
    Meaning.CHILD: Meaning.PARENT,
    Meaning.PARENT: Meaning.CHILD,
    Meaning.TOGETHER: Meaning.TOGETHER,
    Meaning.DUPLICATE: Meaning.ORIGINAL,
    Meaning.ORIGINAL: Meaning.DUPLICATE,
    Meaning.NONE: Meaning.NONE,
}

_PHRASES = {
    Meaning.WAITS: (
        "is blocked by", "blocked by", "depends on", "depends upon", "is dependent on",
        "is dependent upon", "requires", "needs", "waits for", "is waiting for",
        "has to be done after", "can't start until", "cannot start until", "is preceded by",
        "preceded by", "can't start until the linked issue is done",
    ),
    Meaning.GATES: (
        "blocks", "is blocking", "is depended on by", "is depended upon by", "depended on by",
        "depended upon by", "is dependent of", "is required by", "is required for",
        "is needed by", "is prerequisite for", "is a prerequisite for", "is prerequisite of",
        "is precondition for", "is a precondition for", "has to be done before", "precedes",
        "linked one can't start until this issue is done",
    ),
    Meaning.CHILD: (
        "is child of", "is a child of", "is subtask of", "is contained in", "is contained by",
        "is part of", "is incorporated by", "belongs to epic",
    ),
    Meaning.PARENT: (
        "is parent of", "is a parent of", "contains", "incorporates", "is the epic for",
    ),
    Meaning.TOGETHER: ("has to be finished together with",),
    Meaning.DUPLICATE: ("duplicates", "is a duplicate of", "is duplicate of"),
    Meaning.ORIGINAL: ("is duplicated by", "duplicated by"),
    Meaning.NONE: (
        "relates to", "relates", "is related to", "related to", "references",
        "is referenced by", "mentions", "is mentioned by",
        "clones", "is cloned by", "cloned by", "is a clone of", "is cloned from",
        "is cloned as", "is cloned into", "cloned to", "cloned from",
        "was cloned as", "causes", "is caused by", "triggered", "was triggered by", "breaks",
        "is broken by", "is a regression of", "has a regression in", "split to", "split from",
        "was split into", "was split from", "derived from", "has a derivative of",
        "merged from", "merged into", "supersedes", "is superseded by", "supercedes",
        "is superceded by", "created", "created by", "fixes", "is fixed by", "fixed by",
        "resolves", "is resolved by", "implements", "is implemented by", "is idea for",
        "added to idea", "tests", "is tested by", "tested by", "verifies", "is verified by",
        "documents", "is documented by", "details", "is detailed by", "is release noted by",
        "is the release note for", "discovered while testing", "testing discovered",
        "follow up to", "followed up by", "follows up on", "is followed up by",
        "has to be started together with",
        "can't start until the linked issue starts",
        "linked one can't start until this issue starts",
    ),
}  # fmt: skip
"""As real trackers word their link types."""
LEXICON = {phrase: meaning for meaning, phrases in _PHRASES.items() for phrase in phrases}


def meaning(link: Link, mapped: Mapping[str, str]) -> Meaning | None:
    """What the near end of a tracker's link is to its far end; None = cannot be told.

    `mapped` is `ReconcilerConfig.link_types` and wins. Its keys are link type ids (the value then
    tells what the outward phrase means) or phrases; of one that both ends share, the outward side.
    """
    near, far = folded(link.phrase), folded(link.inverse_phrase)
    told = _mapped(link, near, far, mapped)
    if told is not None:
        return told
    ours, theirs = LEXICON.get(near), LEXICON.get(far)
    if ours is None:
        return OPPOSITE[theirs] if theirs is not None else None
    if theirs is not None and theirs is not OPPOSITE[ours]:
        return None
    return ours


def _mapped(link: Link, near: str, far: str, mapped: Mapping[str, str]) -> Meaning | None:
    by_phrase = {folded(key): value for key, value in mapped.items()}
    if near in by_phrase and near != far:
        return Meaning(by_phrase[near])
    if far in by_phrase and near != far:
        return OPPOSITE[Meaning(by_phrase[far])]
    # What reads alike from both ends has a direction only by the side that it is.
    entry = mapped.get(link.type_id) if link.type_id else None
    entry = entry or by_phrase.get(near)
    if entry is None:
        return None
    outward = Meaning(entry)
    if OPPOSITE[outward] is outward or link.outward:
        return outward
    return OPPOSITE[outward] if link.outward is False else None


def folded(phrase: str) -> str:
    """A phrase as the lexicon has it: without capitals, odd spaces or a full stop."""
    return " ".join(phrase.replace("\u2019", "'").casefold().rstrip(". ").split())
