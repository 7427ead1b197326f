"""CODEOWNERS by GitHub's rules, and how owners come to a pull request."""

import time

import pytest

from syncd.connectors.github.codeowners import NOBODY, parse

REPO = "acme/ledger"

# (pattern, paths that it means, paths that it does not mean)
PATTERNS = [
    ("*", ["a", "x/y.py"], []),
    ("*.js", ["a.js", "x/y.js"], ["a.jsx", "js"]),
    ("/build/logs/", ["build/logs/a", "build/logs/x/y"], ["x/build/logs/a", "build/logs"]),
    ("docs/*", ["docs/a.md"], ["docs/b/a.md", "x/docs/a.md"]),
    ("apps/", ["apps/a", "x/apps/b/c"], ["apps"]),
    ("/docs/", ["docs/a"], ["x/docs/a"]),
    ("**/logs", ["logs/a", "b/logs/c", "b/c/logs"], ["alogs/x"]),
    ("/apps/github", ["apps/github", "apps/github/x"], ["apps/githubx", "x/apps/github"]),
    ("docs", ["docs", "docs/a", "x/docs/b"], ["docsx"]),
    ("/*", ["a"], ["a/b"]),
    ("/a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["ab", "x/a/b"]),
    ("/a/**/b/**/c", ["a/b/c", "a/b/b/x/c"], ["a/c/b"]),
    ("/foo/**", ["foo/a", "foo/a/b"], ["foo", "food/a"]),
    ("foo/*.js", ["foo/a.js"], ["foo/b/a.js", "x/foo/a.js"]),
    ("a.b", ["a.b"], ["aXb"]),
    ("v?.md", ["v1.md", "x/v2.md"], ["v10.md", "v/.md"]),
    ("*a*b", ["xaxb", "ab", "x/aab"], ["ba"]),
    (r"/my\ dir/", ["my dir/a"], ["my/a"]),
]


@pytest.mark.parametrize(("pattern", "meant", "others"), PATTERNS)
def test_what_a_pattern_means(pattern, meant, others):
    rules = parse(f"{pattern} @rosei")
    assert [path for path in meant if not rules.owners(path)] == []
    assert [path for path in others if rules.owners(path)] == []


def test_the_last_line_that_fits_wins_also_with_nobody():
    rules = parse(
        """
        # the rest
        *            @acme/core
        /api/        @acme/pay @rosei   # two of them
        /api/*.md    writers@example.com
        /generated/
        """
    )
    assert rules.owners("README") == ("team:core",)
    assert rules.owners("api/ledger.py") == ("team:pay", "rosei")
    assert rules.owners("api/guide.md") == ()  # an address names nobody whom we could tell
    assert rules.owners("generated/x") == ()


def test_headings_and_exclusions_of_other_products_are_passed_over():
    rules = parse("[Docs] @acme/docs\n^[Maybe][2] @acme/docs\n!secret @acme/docs\n*.py @rosei\n")
    assert rules.owners("D") == ()
    assert rules.owners("secret") == ()
    assert rules.owners("a.py") == ("rosei",)


def test_owners_of_most_files_come_first_and_equals_share_an_entry():
    rules = parse("*.py @acme/pay\n*.md @acme/docs\n*.sql @acme/data @acme/pay\n")
    assert rules.of(["a.py", "b.py", "a.md", "b.sql"]) == ("team:pay", "team:data team:docs")
    assert rules.of(["a.txt"]) == ()
    assert NOBODY.of(["a.py"]) == ()


@pytest.mark.parametrize(
    "pattern", ["*a" * 30 + "b", "**/a/**/a/**/b", "**/**/a/**/**/a/**/b/", "?" * 900]
)
def test_patterns_that_are_made_to_take_long_do_not(pattern):
    rules = parse(f"{pattern} @rosei")
    began = time.process_time()
    assert rules.of(["a" * 4000, "a/" * 1000 + "c"]) == ()
    assert time.process_time() - began < 1.0


# Reading it


def owners_of(connector):
    items = [item for page in connector.pull(REPO, None) for item in page.items]
    return {item.ref: item.code_owners for item in items if hasattr(item, "code_owners")}


def play(sim, place="CODEOWNERS"):
    sim.repo(REPO).files[place] = "*.py @acme/core\n/web/ @rosei\n"
    sim.open_pull(REPO, "One", head="a", files=("a.py", "b.py", "web/x"))
    sim.open_pull(REPO, "Two", head="b", files=("README",))


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
def test_a_pull_request_has_the_owners_of_its_files(sim, build, use_graphql, place):
    play(sim, place)
    assert owners_of(build(use_graphql=use_graphql)) == {
        f"{REPO}#1": ("team:core", "rosei"),
        f"{REPO}#2": (),
    }


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_the_first_place_counts(sim, build, use_graphql):
    play(sim)
    sim.repo(REPO).files[".github/CODEOWNERS"] = "* @kim\n"
    assert owners_of(build(use_graphql=use_graphql))[f"{REPO}#1"] == ("kim",)


def test_files_are_asked_for_only_where_somebody_owns_them(sim, build):
    sim.open_pull(REPO, "One", head="a", files=("a.py",))
    assert owners_of(build()) == {f"{REPO}#1": ()}
    assert owners_of(build(use_graphql="never")) == {f"{REPO}#1": ()}
    assert not [r for r in sim.requests if b"files(" in r.body or r.path.endswith("/files")]


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_a_token_that_may_not_read_contents_reads_on_without(sim, build, use_graphql):
    play(sim)
    sim.tokens["canary-5ecret-token"].forbidden = ("contents",)
    assert owners_of(build(use_graphql=use_graphql)) == {f"{REPO}#1": (), f"{REPO}#2": ()}


def test_a_new_file_of_owners_reads_open_pull_requests_again(sim, build):
    play(sim)
    first = list(build().pull(REPO, None))
    sim.repo(REPO).files["CODEOWNERS"] = "* @kim\n"
    second = list(build().pull(REPO, first[-1].cursor))
    items = [item for page in second for item in page.items]
    assert [item.code_owners for item in items] == [("kim",), ("kim",)]


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_all_files_of_a_big_change_count(sim, build, use_graphql):
    sim.repo(REPO).files["CODEOWNERS"] = "*.py @kim\n*.md @rosei\n"
    files = (*(f"{n}.md" for n in range(100)), *(f"{n}.py" for n in range(101)))
    sim.open_pull(REPO, "Big", head="a", files=files)
    assert owners_of(build(use_graphql=use_graphql)) == {f"{REPO}#1": ("kim", "rosei")}


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_owners_of_more_files_than_are_told_are_unknown(sim, build, use_graphql):
    sim.repo(REPO).files["CODEOWNERS"] = "* @kim\n"
    sim.open_pull(REPO, "Huge", head="a", files=tuple(f"{n}.py" for n in range(3_001)))
    assert owners_of(build(use_graphql=use_graphql, seconds=30)) == {f"{REPO}#1": ()}


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_owners_that_cant_be_read_stop_nothing(sim, build, caplog, use_graphql, status):
    play(sim)
    sim.fail("/contents/", status=status)
    assert owners_of(build(use_graphql=use_graphql)) == {f"{REPO}#1": (), f"{REPO}#2": ()}
    assert "going on without code owners" in caplog.text
