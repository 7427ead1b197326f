"""The first cycle of several processes, as one sees it that reads nothing itself."""

from contextlib import closing

import pytest
from bare_site import CONFIG, PLAN
from servers import server

from syncd.app import App
from syncd.cycle_progress import FILE
from syncd.daemon import _OneOfMany, present
from syncd.interfaces import Page
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import AS_OF, issue
from syncd.testing.store_contract import PAY


@pytest.fixture
def settings(tmp_path):
    running = server("wheel")
    text = CONFIG.format(serve='engine = "procrastinate"')
    text = text.replace("sqlite:///var/syncd.db", running.url(running.database()))
    (tmp_path / "syncd.toml").write_text(text)
    (tmp_path / "plan.ics").write_text(PLAN)
    return load(tmp_path / "syncd.toml", {})


def test_pages_that_another_process_reads_are_signs_of_life(settings) -> None:
    with (
        App(settings, now=AS_OF, own=True, part="this process") as app,
        closing(open_store(settings.store_url, now=AS_OF)) as other,
    ):
        service = _OneOfMany(app, lambda: settings, ("web",), present)

        def is_missed() -> bool:
            """Long after anything was heard."""
            service.watch._cycled_at = service.cycle_progress._noted_at = float("-inf")
            service._look_on()
            return service.watch.is_cycle_missing

        assert is_missed()
        noted = (settings.state / FILE).read_text()
        other.commit(PAY, Page(items=(issue("PAY-1"),)), AS_OF)
        assert not is_missed()
        assert (settings.state / FILE).read_text() > noted
        assert is_missed(), "no page came since"
        other.record(run("r1"), [], [])
        assert not is_missed()
        assert not (settings.state / FILE).exists()
        other.commit(PAY, Page(items=(issue("PAY-2"),)), AS_OF)
        assert is_missed(), "only the first cycle may take as long as pages come"
