"""Pages of a pull, put together for a test."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.interfaces import Page


def whole(pulled: Iterable[Page]) -> Page:
    """A whole pull as one page; only its last page may say that it is the last."""
    pages = list(pulled)
    if [page.last for page in pages] != [False] * (len(pages) - 1) + [True]:
        raise AssertionError("the last page, and no other, says that it is the last")
    return Page(
        items=tuple(item for page in pages for item in page.items),
        gone=tuple(key for page in pages for key in page.gone),
        problems=tuple(problem for page in pages for problem in page.problems),
        accounts=tuple(account for page in pages for account in page.accounts),
        last=True,
        cursor=pages[-1].cursor,
        listing=pages[-1].listing,
    )
