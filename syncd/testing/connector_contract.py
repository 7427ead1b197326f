"""The suite that every connector passes: inherit `ConnectorContract`, name what it reads from.

    class TestTracker(ConnectorContract):
        @contextmanager
        def world(self):
            with TrackerSimulator() as server:
                yield World(name="tracker", scope="PAY", build=…, fail=server.fail, …)

The other side is a real server on loopback. pytest is needed to run it, not to import it.
"""

# ruff: noqa: S101, D102 - a test suite asserts, and its tests are named by what they promise

from __future__ import annotations

import io
import logging
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from syncd.errors import (
    AuthError,
    CursorExpired,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.interfaces import INTERFACE, Connector, Forking, Mark, Page, Sweeping
from syncd.model.items import Item, ItemKey

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>…</body></html>"
MANY = 10_000

FAULTS: Mapping[str, tuple[Mapping[str, Any], type[SourceError]]] = {
    "401": ({"status": 401, "body": {"message": "Bad credentials"}}, AuthError),
    "403": ({"status": 403, "body": {"message": "Forbidden"}}, NotVisible),
    "404": ({"status": 404, "body": {"message": "Not Found"}}, NotVisible),
    "429": ({"status": 429, "headers": {"Retry-After": "3600"}}, RateLimited),
    "403 with a limit": ({"status": 403, "headers": {"Retry-After": "3600"}}, RateLimited),
    "500": ({"status": 500}, Unavailable),
    "502 page": ({"status": 502, "body": LOGIN_PAGE}, Unavailable),
    "503": ({"status": 503}, Unavailable),
    "504": ({"status": 504}, Unavailable),
    "reset": ({"reset": True}, Unavailable),
    "cut off": ({"truncate": True}, Unavailable),
    "slow": ({"drip": 0.05}, Unavailable),
    "half of JSON": ({"status": 200, "body": b'{"items": [{"id": 1'}, UnexpectedAnswer),
    "deep JSON": ({"status": 200, "body": b"[" * 100_000}, UnexpectedAnswer),
    "another shape": ({"status": 200, "body": {"surprise": True}}, UnexpectedAnswer),
    "login page": ({"status": 200, "body": LOGIN_PAGE}, UnexpectedAnswer),
    "redirect away": (
        {"status": 302, "headers": {"Location": "https://login.example.invalid/"}},
        UnexpectedAnswer,
    ),
}
"""Name → what the server does to every request for data, and the error that it must become."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A server with at least three items in one scope, and how to play it."""

    name: str
    scope: str
    build: Callable[[], Connector]
    """A new connector that retries without sleeping and gives up on a request after about 1 s."""
    fail: Callable[..., Any]
    """Misbehave on requests for data (not on signing in); takes `Simulator.fail`'s keywords."""
    mend: Callable[[], None]
    edit: Callable[[], None]
    """Change one item at the source, later than everything so far."""
    spoil: Callable[[], str]
    """Make one item unreadable; returns its native id."""
    delete: Callable[[], ItemKey] | None = None
    """Delete one item at the source; needed of a connector that sweeps. Returns its key."""


class ReadingContract(ABC):
    """What every connector promises, wherever it reads from; see `syncd.interfaces.Connector`."""

    @abstractmethod
    def world(self) -> AbstractContextManager[World]:
        """A fresh, running world."""

    @contextmanager
    def _played(self) -> Iterator[tuple[World, Connector]]:
        with self.world() as world:
            connector = world.build()
            try:
                yield world, connector
            finally:
                connector.close()

    def test_it_speaks_this_interface(self) -> None:
        with self._played() as (world, connector):
            assert connector.interface == INTERFACE
            assert isinstance(connector, Connector)
            assert world.scope in connector.scopes()

    def test_a_first_pull_is_everything(self) -> None:
        with self._played() as (world, connector):
            pages = list(connector.pull(world.scope, None))
        assert [page.last for page in pages].count(True) == 1
        assert pages[-1].last
        assert pages[-1].cursor
        assert pages[-1].listing
        assert not any(page.cursor for page in pages[:-1])
        assert len(_items(pages)) >= 3
        assert not [problem for page in pages for problem in page.problems]

    def test_everything_belongs_to_the_source(self) -> None:
        with self._played() as (world, connector):
            pages = list(connector.pull(world.scope, None))
        held = _items(pages)
        assert {key.source for key in held} == {world.name}
        changes = [change for page in pages for change in page.changes]
        assert {change.item for change in changes} <= held.keys()
        identities = {(change.item, change.native_id) for change in changes}
        assert len(identities) == len(changes)
        for page in pages:
            assert {link.near for link in page.links} <= {item.key for item in page.items}
            assert {account.source for account in page.accounts} <= {world.name}

    def test_times_are_aware_and_utc(self) -> None:
        with self._played() as (world, connector):
            pages = list(connector.pull(world.scope, None))
        times = [at for page in pages for at in _instants(page)]
        assert times
        assert all(at.tzinfo is UTC for at in times)

    def test_the_same_world_reads_the_same(self) -> None:
        with self._played() as (world, connector):
            first = list(connector.pull(world.scope, None))
            again = world.build()
            second = list(again.pull(world.scope, None))
            again.close()
        assert _content(first) == _content(second)

    def test_a_second_pull_brings_nothing_new(self) -> None:
        with self._played() as (world, connector):
            first = list(connector.pull(world.scope, None))
            again = world.build()
            second = list(again.pull(world.scope, first[-1].cursor))
            again.close()
        assert _content(second) <= _content(first)
        assert second[-1].last
        assert second[-1].cursor

    def test_an_edit_arrives_with_the_next_pull(self) -> None:
        with self._played() as (world, connector):
            first = list(connector.pull(world.scope, None))
            world.edit()
            again = world.build()
            second = list(again.pull(world.scope, first[-1].cursor))
            again.close()
        assert _content(second) - _content(first)

    def test_a_bad_item_is_set_aside_and_the_rest_arrives(self) -> None:
        with self._played() as (world, connector):
            whole = _items(list(connector.pull(world.scope, None)))
            bad = world.spoil()
            again = world.build()
            pages = list(again.pull(world.scope, None))
            again.close()
        problems = [problem for page in pages for problem in page.problems]
        assert [problem.native_id for problem in problems] == [bad]
        assert 0 < len(problems[0].reason) <= 200
        assert len(_items(pages)) == len(whole) - 1
        assert pages[-1].last

    def test_a_pull_goes_on_from_any_bookmark(self) -> None:
        with self._played() as (world, connector):
            pages = list(connector.pull(world.scope, None))
            for read, page in enumerate(pages, start=1):
                if page.bookmark is None:
                    continue
                again = world.build()
                rest = list(again.pull(world.scope, page.bookmark))
                again.close()
                assert _content([*pages[:read], *rest]) == _content(pages)
                assert rest[-1].last
                assert rest[-1].listing
                assert rest[-1].cursor

    def test_a_fork_reads_the_same(self) -> None:
        with self._played() as (world, connector):
            if not isinstance(connector, Forking):
                return
            other = connector.fork()
            forked = list(other.pull(world.scope, None))
            other.close()
            again = world.build()
            assert _content(forked) == _content(list(again.pull(world.scope, None)))
            again.close()

    def test_a_sweep_names_what_is_there_and_not_what_was_deleted(self) -> None:
        with self._played() as (world, connector):
            if not isinstance(connector, Sweeping):
                return
            assert world.delete is not None
            held = _items(list(connector.pull(world.scope, None)))
            named = _swept(connector, world.scope, held)
            assert named.keys() == held.keys()
            assert set(named.values()) == {"there"}
            lost = world.delete()
            after = _swept(connector, world.scope, held)
        assert held.keys() - {key for key, how in after.items() if how == "there"} == {lost}
        assert after.get(lost, "gone") == "gone", "deleted is not refused"

    def test_doctor_is_content_with_a_sound_source(self) -> None:
        with self._played() as (_, connector):
            found = list(connector.check())
        assert found
        assert Mark.FAILED not in {check.mark for check in found}


class ConnectorContract(ReadingContract):
    """And what one promises that reads from a server; `reliability.md` §3.1."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """Values from its settings that may appear nowhere."""
    faults: ClassVar[Mapping[str, tuple[Mapping[str, Any], type[SourceError]]]] = FAULTS
    gone: ClassVar[type[SourceError]] = CursorExpired
    """What 410 means for a pull with a cursor."""

    def test_every_fault_becomes_its_error(self) -> None:
        for name, (fault, expected) in self.faults.items():
            with self._played() as (world, connector):
                world.fail(**fault)
                error, pages = _failure(connector, world.scope, None)
                assert type(error) is expected, f"{name}: {error!r}"
                assert (error.source, error.scope) == (world.name, world.scope), name
                assert not any(page.last or page.cursor or page.gone for page in pages), name
                self._assert_no_secret(_everything_about(error))

    def test_a_bad_item_is_asked_for_again_without_being_edited(self) -> None:
        with self._played() as (world, connector):
            whole = _items(list(connector.pull(world.scope, None)))
            bad = world.spoil()
            first = world.build()
            cursor = list(first.pull(world.scope, None))[-1].cursor
            first.close()
            again = world.build()
            pages = list(again.pull(world.scope, cursor))
            again.close()
        problems = [problem.native_id for page in pages for problem in page.problems]
        assert problems == [bad], "what was set aside was not asked for again"
        assert len(_items(pages)) < len(whole)

    def test_a_lost_position_says_so(self) -> None:
        with self._played() as (world, connector):
            cursor = list(connector.pull(world.scope, None))[-1].cursor
            world.fail(status=410, body={"message": "Gone"})
            again = world.build()
            error, _ = _failure(again, world.scope, cursor)
            again.close()
        assert type(error) is self.gone

    def test_it_tells_how_long_to_wait(self) -> None:
        with self._played() as (world, connector):
            world.fail(status=429, headers={"Retry-After": "3600"})
            error, _ = _failure(connector, world.scope, None)
        assert isinstance(error, RateLimited)
        assert error.retry_after == 3600
        assert error.retry_at is not None
        assert error.retry_at.tzinfo is UTC

    def test_nothing_is_asked_after_a_long_wait_was_told(self) -> None:
        with self._played() as (world, connector):
            asked = world.fail(status=429, headers={"Retry-After": "3600"}, times=MANY)
            _failure(connector, world.scope, None)
        assert asked.times == MANY - 1

    def test_one_failure_is_survived(self) -> None:
        for fault in ({"status": 503}, {"reset": True}, {"truncate": True}):
            with self._played() as (world, connector):
                whole = list(connector.pull(world.scope, None))
                world.fail(**fault, times=1)
                again = world.build()
                assert _content(list(again.pull(world.scope, None))) == _content(whole), fault
                again.close()

    def test_a_sweep_that_fails_declares_nothing(self) -> None:
        with self._played() as (world, connector):
            if not isinstance(connector, Sweeping):
                return
            held = _items(list(connector.pull(world.scope, None)))
            for name, (fault, _) in self.faults.items():
                world.fail(**fault)
                named: dict[ItemKey, str] = {}
                try:
                    named = _swept(connector, world.scope, held)
                except SourceError as error:
                    self._assert_no_secret(_everything_about(error))
                else:
                    assert set(named.values()) <= {"hidden"}, name
                world.mend()

    def test_doctor_names_what_mends_a_bad_one(self) -> None:
        with self._played() as (world, connector):
            world.fail("", status=401, body={"message": "Bad credentials"})
            failed = [check for check in connector.check() if check.mark is Mark.FAILED]
        assert failed
        assert all(check.text and check.fix for check in failed)
        assert {check.exit_code for check in failed} == {4}
        self._assert_no_secret(repr(failed))

    def test_logs_and_representations_hold_no_secret(self) -> None:
        with _logged() as stream, self._played() as (world, connector):
            pages = list(connector.pull(world.scope, None))
            list(connector.check())
            world.fail(status=500, body={"message": "oops"})
            _failure(connector, world.scope, None)
            self._assert_no_secret(repr(connector) + repr(vars(connector)) + repr(pages))
        self._assert_no_secret(stream.getvalue())

    def _assert_no_secret(self, text: str) -> None:
        assert not [secret for secret in self.secrets if secret in text]


def _failure(
    connector: Connector, scope: str, cursor: str | None
) -> tuple[SourceError, list[Page]]:
    pages: list[Page] = []
    try:
        for page in connector.pull(scope, cursor):
            pages.append(page)  # noqa: PERF402 # the pages before the failure count too
    except SourceError as error:
        return error, pages
    raise AssertionError("the pull went through")


def _swept(connector: Sweeping, scope: str, held: Mapping[ItemKey, Item]) -> dict[ItemKey, str]:
    """Key → there, hidden or gone, as a sweep tells."""
    found: dict[ItemKey, str] = {}
    for page in connector.sweep(scope, {key: item.ref for key, item in held.items()}):
        assert not page.last
        assert page.cursor is None
        found |= dict.fromkeys((*page.seen, *(item.key for item in page.items)), "there")
        found |= dict.fromkeys(page.hidden, "hidden") | dict.fromkeys(page.gone, "gone")
    return {key: how for key, how in found.items() if key in held}


def _everything_about(error: BaseException) -> str:
    told = "".join(traceback.format_exception(error))
    return told + repr(error) + repr(vars(error)) + repr(error.__cause__)


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _items(pages: Sequence[Page]) -> dict[Any, Any]:
    return {item.key: item for page in pages for item in page.items}


def _content(pages: Sequence[Page]) -> set[Any]:
    rows = (row for page in pages for row in (*page.items, *page.changes, *page.links, *page.gone))
    return set(rows)


def _instants(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _instants(each)
    elif is_dataclass(value):
        for each_field in fields(value):
            yield from _instants(getattr(value, each_field.name))
