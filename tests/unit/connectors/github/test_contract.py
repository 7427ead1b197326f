"""GitHub, by GraphQL and by REST alone, keeps the promises of every connector."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from syncd.connectors.github.connector import GitHubConnector
from syncd.connectors.http import Limits
from syncd.demo.simulators.github import GitHubSimulator
from syncd.errors import NotVisible
from syncd.model.items import ItemKey, Kind
from syncd.retrying import retrying
from syncd.testing.connector_contract import ConnectorContract, World

TOKEN = "canary-5ecret-token"
REPO = "acme/ledger"


def play():
    sim = GitHubSimulator(now=datetime(2026, 5, 4, 9, tzinfo=UTC))
    sim.add_token(TOKEN, "syncd-bot")
    sim.add_repo(REPO)
    sim.add_milestone(REPO, "2.1", due=date(2026, 6, 1))
    refs = [sim.open_issue(REPO, f"Step {n}", by="dana") for n in range(3)]
    sim.now += timedelta(days=1)
    sim.assign(refs[0], "dana")
    sim.set_milestone(refs[0], "2.1", by="dana")
    sim.close(refs[1], by="dana")
    sim.block(refs[0], refs[1], by="dana")
    pull = sim.open_pull(REPO, "PAY-1: step", by="rosei", head="pay-1", body="Fixes #1")
    sim.review(pull, by="kim")
    sim.comment(refs[0], by="dana", text="depends on #3")
    return sim


def connector(sim, **settings):
    section = {"url": sim.url, "token": TOKEN, "repos": (REPO,)}
    built = GitHubConnector(
        "github", GitHubConnector.Settings(**section | settings), limits=Limits(total=1)
    )
    built.client.retry = retrying(60, sleep=lambda _: None)
    return built


def _is_for_data(request):
    return "/repositories/" in request.path or "graphql" in request.path


class GitHubContract(ConnectorContract):
    secrets = (TOKEN,)
    gone = NotVisible
    use_graphql = "auto"

    @contextmanager
    def world(self):
        with play() as sim:

            def edit():
                sim.now += timedelta(hours=1)
                sim.rename(f"{REPO}#2", "Step two", by="dana")

            def spoil():
                sim.item(f"{REPO}#3").title = None
                return str(sim.item(f"{REPO}#3").id)

            def delete():
                key = ItemKey("github", Kind.ISSUE, str(sim.item(f"{REPO}#2").id))
                sim.delete(f"{REPO}#2")
                return key

            yield World(
                name="github",
                scope=REPO,
                build=lambda: connector(sim, use_graphql=self.use_graphql),
                fail=lambda when=_is_for_data, **fault: sim.fail(when, **fault),
                mend=sim.mend,
                edit=edit,
                spoil=spoil,
                delete=delete,
            )


class TestGraphQL(GitHubContract):
    use_graphql = "auto"


class TestRest(GitHubContract):
    use_graphql = "never"


del GitHubContract
