"""What a service does for its store between two passes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from syncd import trouble_notes
from syncd.errors import StoreError
from syncd.settings import Settings
from syncd.store import care
from syncd.store.opening import path_of

log = logging.getLogger(__name__)


def back_up_if_due(settings: Settings, now: datetime) -> None:
    """Copy the store where the newest copy is old enough; trouble is told, and stops nothing.

    A store that is no file has a server that makes its backups.
    """
    if not settings.store_url.startswith("sqlite:"):
        return
    store, file = settings.store, settings.state / trouble_notes.BACKUP
    try:
        made = care.back_up(
            path_of(settings.store_url), now, every=store.backup_every, keep=store.backups,
            age=timedelta(days=store.keep_backup_days),
        )  # fmt: skip
    except StoreError as error:
        log.warning("backup.failed error=%s", error)
        known = trouble_notes.held(file)
        since = known.at if known else now
        words = f"no backup can be made since {since:%Y-%m-%d %H:%M} UTC: {error}"
        note = trouble_notes.TroubleNote(at=since, text=words, hint=error.hint)
        trouble_notes.keep(file, note)
    else:
        trouble_notes.forget(file)
        if made:
            log.info("backup.made file=%s", made)
