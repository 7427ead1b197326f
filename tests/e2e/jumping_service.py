"""`syncd serve` whose wall clock a test can set: seconds to add stand in a file."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd import plugins
from syncd.app import App
from syncd.cli.options import Options
from syncd.cli.wiring import start_log
from syncd.daemon import serve
from syncd.settings import load

config, offset = Path(sys.argv[1]), Path(sys.argv[2])


def clock() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(offset.read_text()))


def again():
    return load(config, {}, catalog=plugins)


start_log(Options(log_format="json"), service=True)
with App(again(), now=clock(), own=True) as app:
    sys.exit(serve(app, again, clock=clock))
