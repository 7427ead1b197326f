"""`syncd people`: one person is meant, or nobody."""

from contextlib import closing

import pytest
from filled import install

from syncd.cli.options import Options, Usage
from syncd.cli.people import forget, show
from syncd.interfaces import Page
from syncd.model.items import Account
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.builders import AS_OF, issue

ACCOUNTS = (
    Account(source="jira", id="7001", name="Ada Li"),
    Account(source="jira", id="7002", name="Sam Roe"),
    Account(source="jira", id="7003", name="Sam Roe"),
    Account(source="jira", id="7004", name=""),
)


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(open_store(install(tmp_path, ""), now=AS_OF)) as store:
        work = [issue(f"PAY-{one.id}", assignee=one.id) for one in ACCOUNTS]
        store.commit(
            Scope("jira", "PAY"), Page(items=(*work,), accounts=ACCOUNTS, last=True), AS_OF
        )
    return Options(config=tmp_path / "syncd.toml", width=100)


@pytest.mark.parametrize("asked", ["", " "])
def test_an_empty_name_is_not_that_of_all_without_an_address(options, asked):
    with pytest.raises(Usage, match="nothing is held"):
        forget(options, asked, yes=True)


def test_a_name_that_two_people_have_takes_out_neither(options, capsys):
    with pytest.raises(Usage, match=r"several accounts .*: jira:7002, jira:7003"):
        forget(options, "Sam Roe", yes=True)
    assert forget(options, "jira:7002", yes=True) == 0
    capsys.readouterr()
    assert show(options, "7003") == 0
    assert "1 item: PAY-7003" in capsys.readouterr().out


def test_somebody_of_the_configuration_is_one_person_with_all_accounts_of_their_address(options):
    table = '[people.kim]\nname = "kim"\nemail = "kim@example.com"\naccounts = { jira = "7005" }\n'
    with closing(open_store(install(options.config.parent, table), now=AS_OF)) as store:
        mine = [
            Account(source="jira", id=one, name="kim", email="kim@example.com")
            for one in ("7005", "7006")
        ]
        store.commit(Scope("jira", "PAY"), Page(accounts=tuple(mine), last=True), AS_OF)
    assert forget(options, "kim", yes=True) == 0
