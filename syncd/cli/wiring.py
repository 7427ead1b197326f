"""From the flags of a command to settings, application and log."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from syncd.cli.failures import problems_text
from syncd.cli.options import Options
from syncd.errors import StoreError
from syncd.interfaces import Store
from syncd.logs import Events, JsonLines, Once
from syncd.redaction import install
from syncd.settings import Settings, load
from syncd.text import clean_text

if TYPE_CHECKING:
    from syncd.app import App

LEVELS = {0: logging.WARNING, 1: logging.INFO}


def settings_of(
    options: Options, *, with_plugins: bool = True, flags: Mapping[str, Any] | None = None
) -> Settings:
    """The configuration, its warnings told on stderr; `flags` beat it. Raises ConfigError."""
    if with_plugins:
        from syncd import plugins

        found = load(options.config, options.env, catalog=plugins, flags=flags)
    else:
        found = load(options.config, options.env, flags=flags)
    if found.warnings and options.quiet < 1:
        sys.stderr.write(problems_text(found.warnings) + "\n")
    return found


def open_app(
    options: Options,
    *,
    own: bool = False,
    read_only: bool = False,
    flags: Mapping[str, Any] | None = None,
    unchecked: bool = False,
) -> App:
    """The application on the configured store; a context manager. `flags` beat its keys.

    `unchecked` leaves mistakes in the tables of plug-ins to whoever builds them.
    """
    from syncd.app import App

    settings = settings_of(options, with_plugins=not (read_only or unchecked), flags=flags)
    if read_only:
        _require_store(settings)
    return App(settings, now=now(), own=own, read_only=read_only)


def open_reading(options: Options) -> AbstractContextManager[tuple[Settings, Store]]:
    """Settings and store for commands that only look: no lock, no plug-in, no credential."""
    return _open(options, read_only=True)


def open_writing(options: Options) -> AbstractContextManager[tuple[Settings, Store]]:
    """The same for commands that keep what a person says, also while a service runs."""
    return _open(options, read_only=False)


@contextmanager
def _open(options: Options, *, read_only: bool) -> Iterator[tuple[Settings, Store]]:
    from syncd.store import open_store

    settings = settings_of(options, with_plugins=False)
    _require_store(settings)
    store = open_store(settings.store_url, now=now(), own=False, read_only=read_only)
    try:
        yield settings, store
    finally:
        store.close()


def _require_store(settings: Settings) -> None:
    path = settings.store_url.removeprefix("sqlite:///")
    if path != settings.store_url and not Path(path).exists():
        raise StoreError(f"Nothing was read yet: there is no store at {path}.", hint="syncd sync")


KEPT_BY = ("JOURNAL_STREAM", "KUBERNETES_SERVICE_HOST", "container")
"""Variables that systemd, Kubernetes and container engines set."""
IN_CONTAINER = ("/.dockerenv", "/run/.containerenv")


def zone_of(options: Options, settings: Settings) -> ZoneInfo:
    """The time zone of what is shown."""
    return ZoneInfo(options.zone or settings.timezone)


def now() -> datetime:
    """The present, aware UTC."""
    return datetime.now(UTC)


def start_log(options: Options, *, service: bool = False) -> None:
    """Log to stderr as the flags say; a service tells more, in JSON where nobody looks on."""
    level = LEVELS.get(options.verbose + int(service), logging.DEBUG)
    if options.quiet:
        level = logging.ERROR if options.quiet < 2 else logging.CRITICAL
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Events())
    if service and level > logging.DEBUG:
        handler.addFilter(Once())
    if (options.log_format or (_for_machines(options.env) if service else "text")) == "json":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(CleanLines("%(asctime)s %(levelname)-7s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # It tells of its own set-up, as soon as it is imported.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    install()


def _for_machines(env: Mapping[str, str]) -> str:
    """`json` under systemd and in containers, unless a person looks on; else `text`."""
    is_watched = sys.stderr is not None and sys.stderr.isatty()
    is_kept = any(env.get(name) for name in KEPT_BY) or any(map(os.path.exists, IN_CONTAINER))
    return "json" if is_kept and not is_watched else "text"


class CleanLines(logging.Formatter):
    """One line a record, whatever other people's text is in it; below it a traceback, if any."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - so logging calls it
        """The line without anything that forges another one or that a terminal obeys."""
        record.message = clean_text(record.message, 4000)
        return super().formatMessage(record)
