from contextlib import closing

import pytest
from canary import CONFIG, NOW, QUARTER, SECRETS, things

from syncd import plugins
from syncd.app import App
from syncd.retrying import retrying
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alert_store_contract import run


@pytest.fixture(params=["true", "false"], ids=["adopting", "new"])
def app(request, tmp_path):
    (tmp_path / "syncd.toml").write_text(CONFIG.format(folder=tmp_path, adoption=request.param))
    with closing(open_store(f"sqlite:///{tmp_path}/syncd.db", now=NOW)) as store:
        for scope, told in things().items():
            store.commit(scope, told, NOW - QUARTER)
        if request.param == "false":
            store.record(run("r1", NOW - QUARTER), [], [], [])
    settings = load(tmp_path / "syncd.toml", SECRETS, catalog=plugins)
    with App(settings, now=NOW, own=True) as made:
        # Nobody listens where notes would be written.
        made.notifiers["notes"].client.retry = retrying(0.1, sleep=lambda _: None)
        yield made
