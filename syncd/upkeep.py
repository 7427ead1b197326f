"""What a service does for its store between two passes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from syncd.errors import StoreError
from syncd.settings import Settings
from syncd.store import care
from syncd.store.opening import path_of

log = logging.getLogger(__name__)


def back_up_if_due(settings: Settings, now: datetime) -> None:
    """Copy the store where the newest copy is old enough; trouble is logged, and stops nothing.

    A store that is no file has a server that makes its backups.
    """
    if not settings.store_url.startswith("sqlite:"):
        return
    store = settings.store
    try:
        made = care.back_up(
            path_of(settings.store_url), now, every=store.backup_every, keep=store.backups,
            age=timedelta(days=store.keep_backup_days),
        )  # fmt: skip
    except StoreError as error:
        log.warning("backup.failed error=%s", error)
    else:
        if made:
            log.info("backup.made file=%s", made)
