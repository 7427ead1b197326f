"""The engine: settings of rules, three-valued answers, one broken rule, one order."""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import pytest

from syncd.errors import ConfigError
from syncd.model.findings import Finding, Severity, Standing, Unknown, fingerprint
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.items import Phase
from syncd.model.snapshot import Scope
from syncd.passes import uncollected
from syncd.reconciler.canonical import findings_json, snapshot_hash
from syncd.reconciler.engine import evaluate, foreseen
from syncd.reconciler.inhibition import inhibitions
from syncd.reconciler.rule import Rule
from syncd.testing.builders import (
    AS_OF,
    at,
    config,
    declared,
    github_milestone,
    issue,
    link,
    snapshot,
    version,
)

A, B = issue("PAY-1"), issue("LED-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    days: int = 2
    share: float = 0.5
    span: timedelta = timedelta(hours=1)
    words: tuple[str, ...] = ("a",)
    name: str = "x"
    loud: bool = False
    by_tier: Mapping[str, int] = field(default_factory=lambda: {"A": 1, "B": 2})


def finding(subject=A, rule="probe", **more):
    fields = {
        "severity": Severity.MEDIUM, "standing": Standing.AT_RISK, "ref": "r", "title": "t",
        "summary": "s", "plain": "p", "act": "a", "clears": "c",
        "scopes": frozenset({Scope("jira", "PAY")}),
    }  # fmt: skip
    name = subject if isinstance(subject, str) else str(subject.key)
    return Finding(rule=rule, subject=name, **(fields | more))


def rule(*results, name="probe", check=None, severity=Severity.MEDIUM):
    return Rule(
        id=name,
        severity=severity,
        params=Params,
        check=check or (lambda view, params: iter(results)),
    )


def run(*rules, things=(A, B), settings=None, assume_fresh=False, **snap):
    given = config(rules=settings or {})
    return evaluate(snapshot(*things, **snap), given, rules, assume_fresh=assume_fresh)


# parameters


def seen(**settings):
    got = []

    def check(view, params):
        got.append(params)
        return iter(())

    run(rule(check=check), settings={"probe": settings})
    return got[0]


def test_defaults_reach_the_rule():
    assert seen() == Params()


def test_settings_are_typed():
    given = seen(
        days="3d", share=1, span="2h", words=["b", "c"], name="y", loud=True, by_tier={"A": "5bd"}
    )
    assert given == Params(
        days=3, share=1.0, span=timedelta(hours=2), words=("b", "c"), name="y", loud=True,
        by_tier={"A": 5, "B": 2},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"probe": {"dais": 1}}, "rules.probe.dais", 'did you mean "days"'),
        ({"probe": {"zzz": 1}}, "rules.probe.zzz", "known: by_tier, days"),
        ({"probe": {"days": "soon"}}, "rules.probe.days", "'soon' is not a whole number"),
        ({"probe": {"days": True}}, "rules.probe.days", "True"),
        ({"probe": {"share": "x"}}, "rules.probe.share", "not a number"),
        ({"probe": {"span": 5}}, "rules.probe.span", "15m"),
        ({"probe": {"words": "a"}}, "rules.probe.words", "list of texts"),
        ({"probe": {"loud": "yes"}}, "rules.probe.loud", "true or false"),
        ({"probe": {"name": 3}}, "rules.probe.name", "text"),
        ({"probe": {"by_tier": 3}}, "rules.probe.by_tier", "table"),
        ({"probe": {"by_tier": {"Z": 3}}}, "rules.probe.by_tier", "not one of A, B"),
        ({"probe": {"severity": "loud"}}, "rules.probe.severity", "info, low, medium"),
        ({"probe": {"enabled": "no"}}, "rules.probe.enabled", "true or false"),
        ({"overdoe": {}}, "rules.overdoe", 'did you mean "overdue"'),
    ],
)
def test_a_setting_that_means_nothing_is_named(settings, path, words):
    with pytest.raises(ConfigError) as error:
        run(rule(), settings=settings)
    (problem,) = error.value.problems
    assert problem.path == path
    assert words in problem.message
    assert path in str(error.value)


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ConfigError) as error:
        run(rule(), settings={"probe": {"dais": 1, "share": "x"}, "nope": {}})
    assert len(error.value.problems) == 3


def test_settings_of_built_in_rules_that_are_not_asked_are_fine():
    assert run(rule(), settings={"overdue": {"zombie_bd": 5}}).findings == ()


def test_a_rule_can_be_switched_off():
    assert run(rule(finding()), settings={"probe": {"enabled": False}}).findings == ()


@pytest.mark.parametrize(
    ("base", "given", "expected"),
    [
        ("high", Severity.MEDIUM, Severity.HIGH),
        ("critical", Severity.HIGH, Severity.CRITICAL),
        ("low", Severity.HIGH, Severity.MEDIUM),
        ("low", Severity.LOW, Severity.LOW),
        ("info", Severity.CRITICAL, Severity.INFO),
        ("medium", Severity.HIGH, Severity.HIGH),
        ("high", Severity.INFO, Severity.INFO),
    ],
)
def test_a_configured_severity_moves_the_base(base, given, expected):
    (one,) = run(rule(finding(severity=given)), settings={"probe": {"severity": base}}).findings
    assert one.severity is expected


# answers


def test_worst_first_then_by_name():
    found = [
        finding(B), finding(A, severity=Severity.LOW), finding(A, severity=Severity.HIGH, rule="z"),
    ]  # fmt: skip
    told = run(rule(*found)).findings
    assert [one.severity for one in told] == sorted((f.severity for f in found), reverse=True)


def test_one_finding_for_each_fingerprint_the_worst():
    (one,) = run(rule(finding(), finding(severity=Severity.HIGH))).findings
    assert one.severity is Severity.HIGH


def test_a_rule_that_raises_is_a_failure_and_the_others_go_on():
    def broken(view, params):
        yield finding(B)
        raise RuntimeError("no luck")

    told = run(rule(check=broken, name="bad"), rule(finding()))
    assert [one.subject for one in told.findings] == [str(A.key)]
    (failure,) = told.failures
    assert (failure.rule, failure.error) == ("bad", "RuntimeError: no luck")


def test_unknown_is_handed_on_unless_it_fires_after_all():
    unsure = Unknown(rule="probe", subject=str(A.key), reason="too few")
    assert run(rule(unsure)).unknown == (unsure,)
    told = run(rule(unsure, finding()))
    assert (len(told.findings), told.unknown) == (1, ())


def test_a_finding_on_stale_data_is_unknown():
    told = run(rule(finding()), stale={"jira:PAY": "2026-11-20"})
    assert told.findings == ()
    (unknown,) = told.unknown
    assert unknown.fingerprint == finding().fingerprint
    assert "jira:PAY" in unknown.reason
    assert told.stale == {Scope("jira", "PAY")}


def test_stale_data_elsewhere_does_not_matter():
    assert len(run(rule(finding()), stale={"jira:LED": "2026-11-20"}).findings) == 1


def test_stale_data_can_be_taken_as_it_is():
    told = run(rule(finding()), stale={"jira:PAY": None}, assume_fresh=True)
    assert (len(told.findings), told.stale) == (1, frozenset())


def test_what_speaks_of_stale_data_speaks():
    own = finding("source:jira", rule="source-stale")
    assert len(run(rule(own, name="source-stale"), stale={"jira:PAY": None}).findings) == 1


@pytest.mark.parametrize("end", ["subject", "discriminator"])
def test_nothing_is_concluded_from_what_cannot_be_seen(end):
    found = finding(A) if end == "subject" else finding(B, discriminator=str(A.key))
    told = run(rule(found), invisible=[A.key])
    assert (told.findings, len(told.unknown)) == ((), 1)
    assert told.invisible == {str(A.key)}


def test_a_deliverable_is_hidden_with_what_it_is_bound_to_or_all_its_open_work():
    v = version("Checkout", release="2026-12-11")
    seen_one, hidden = (issue(ref, milestones=(v.key,)) for ref in ("PAY-1", "PAY-2"))
    found = finding(f"deliverable:{v.key}")
    things = (v, seen_one, hidden)
    assert run(rule(found), things=things, invisible=[v.key]).findings == ()
    assert len(run(rule(found), things=things, invisible=[hidden.key]).findings) == 1
    done = (v, replace(seen_one, phase=Phase.DONE), hidden)
    told = run(rule(found), things=done, invisible=[hidden.key])
    assert told.findings == ()
    assert found.subject in told.invisible


def test_what_came_in_the_middle_of_a_pull_is_unknown():
    later = {A.key: at("2026-11-23 08:01")}
    told = run(rule(finding()), first_seen=later)
    assert (told.findings, len(told.unknown)) == ((), 1)
    assert len(run(rule(finding()), first_seen={A.key: AS_OF}).findings) == 1
    assert len(run(rule(finding()), first_seen=later, assume_fresh=True).findings) == 1


def test_a_deliverable_that_is_done_is_left_alone():
    v = version("Checkout", release="2026-11-11", state="released")
    given = config(deliverables=(declared("x", "jira:version=Checkout"),))
    late, books = finding("deliverable:x"), finding("deliverable:x", rule="status-mismatch")
    told = evaluate(snapshot(v), given, [rule(late), rule(books, name="status-mismatch")])
    assert [one.rule for one in told.findings] == ["status-mismatch"]


def test_what_is_restricted_stays_so_whatever_a_rule_says():
    secret = issue("PAY-1", restricted=True)
    told = run(rule(finding(secret), finding(B, discriminator=str(secret.key))), things=(secret, B))
    assert [one.restricted for one in told.findings] == [True, True]


# determinism


def test_shuffled_input_gives_the_same_bytes():
    v, m = version("2.0", release="2026-12-11"), github_milestone("2.0", due="2026-12-08")
    issues = [
        issue(f"{p}-{i}", due=f"2026-12-{i:02}", milestones=(v.key,))
        for p in ("PAY", "LED", "MOB")
        for i in range(1, 7)
    ]
    links = [link(one, other) for one, other in zip(issues, issues[5:], strict=False)]
    things = [v, m, *issues, *links, link(issues[0], issues[1]), link(issues[1], issues[0])]
    from syncd.reconciler.rules import dep_cycle, dep_inversion, source_stale

    rules = (dep_inversion.RULE, dep_cycle.RULE, source_stale.RULE)
    whole = snapshot(*things, stale={"github:acme/x": None})
    expected = findings_json(evaluate(whole, config(), rules))
    assert b"dep-inversion" in expected
    assert b"dep-cycle" in expected
    for seed in range(5):
        mixed = replace(
            whole,
            issues=tuple(Random(seed).sample(whole.issues, len(whole.issues))),
            links=tuple(Random(seed).sample(whole.links, len(whole.links))),
            milestones=whole.milestones[::-1],
            freshness=whole.freshness[::-1],
        )
        assert findings_json(evaluate(mixed, config(), rules)) == expected


def test_nothing_of_a_pass_lives_on_in_a_circle():
    held = []

    def estimates(view):
        held.append(weakref.ref(view))
        return foreseen(view)

    with uncollected():
        evaluate(snapshot(A, B, link(A, B)), config(), estimates=estimates)
        assert [one() for one in held] == [None]


def test_the_hash_of_a_snapshot_tells_content_apart():
    one = snapshot(A, B, first_seen={A.key: AS_OF, B.key: AS_OF})
    same = snapshot(B, A, first_seen={B.key: AS_OF, A.key: AS_OF})
    assert snapshot_hash(one) == snapshot_hash(same)
    assert snapshot_hash(one) != snapshot_hash(snapshot(A, issue("LED-2", title="other")))


def test_json_carries_identity_and_readable_values():
    text = findings_json(run(rule(finding()))).decode()
    assert f'"fingerprint":"{finding().fingerprint}"' in text
    assert '"severity":"medium"' in text
    assert '"scopes":["jira:PAY"]' in text
    assert '"as_of":"2026-11-23T08:00:00+00:00"' in text


# inhibition


def roots(*found):
    names = {fingerprint(f.rule, f.subject, f.discriminator): f.rule for f in found}
    return {names[victim]: names[root] for victim, root in inhibitions(found).items()}


CIRCLE = finding(A, rule="dep-cycle", encloses=(str(A.key), str(B.key)))
INVERSION = finding(A, rule="dep-inversion", discriminator=str(B.key))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([finding(rule="overdue"), finding(rule="stalled")], {"stalled": "overdue"}),
        ([finding(rule="overdue"), finding(B, rule="stalled")], {}),
        (
            [finding(rule="overdue"), finding(rule="gate-too-early", discriminator="e1")],
            {"gate-too-early": "overdue"},
        ),
        (
            [finding(rule="forecast-late"), finding(rule="gate-too-early", discriminator="e1")],
            {"gate-too-early": "forecast-late"},
        ),
        (
            [finding(B, rule="forecast-late"), finding(rule="gate-too-early", discriminator="e1")],
            {},
        ),
        (
            [finding(rule="status-mismatch", discriminator="c"), finding(rule="overdue")],
            {"overdue": "status-mismatch"},
        ),
        ([finding(rule="status-mismatch", discriminator="b"), finding(rule="overdue")], {}),
        (
            [
                finding("jira:milestone:7", rule="status-mismatch", discriminator="f"),
                finding("deliverable:jira:milestone:7", rule="overdue"),
            ],
            {"overdue": "status-mismatch"},
        ),
        (
            [
                finding(rule="event-moved", discriminator="e1"),
                finding(rule="dates-disagree", discriminator="e1"),
            ],
            {"dates-disagree": "event-moved"},
        ),
        (
            [
                finding(rule="event-moved", discriminator="e1"),
                finding(rule="dates-disagree", discriminator="equal"),
            ],
            {},
        ),
        ([CIRCLE, INVERSION], {"dep-inversion": "dep-cycle"}),
        ([replace(CIRCLE, encloses=(str(A.key),)), INVERSION], {}),
        (
            [INVERSION, finding(rule="status-mismatch", discriminator="i")],
            {"status-mismatch": "dep-inversion"},
        ),
        (
            [finding(rule="review-wait", explains=(str(A.key),)), finding(rule="stalled")],
            {"stalled": "review-wait"},
        ),
        ([finding(rule="dep-late"), finding(rule="forecast-late")], {"forecast-late": "dep-late"}),
        *(
            ([finding(rule="date-moved", slip=slip), finding(rule="slip-creep")], expected)
            for slip, expected in ((3, {"slip-creep": "date-moved"}), (-3, {}))
        ),
        (
            [finding(rule="scope-growth", explains=(str(A.key),)), finding(rule="forecast-late")],
            {"forecast-late": "scope-growth"},
        ),
        ([finding(rule="scope-growth"), finding(rule="forecast-late")], {}),
        *(
            (
                [
                    finding(rule=slowing, explains=explained),
                    finding(f"deliverable:{A.key}", rule="forecast-late"),
                ],
                {"forecast-late": slowing} if len(explained) > 1 else {},
            )
            for slowing in ("review-wait", "person-away")
            for explained in ((str(A.key),), (str(A.key), f"deliverable:{A.key}"))
        ),
        (
            [
                finding(rule="scope-growth", explains=(str(A.key),)),
                finding(rule="forecast-late", severity=Severity.CRITICAL),
            ],
            {},
        ),
        *(
            (
                [finding(rule="dep-late", explains=(str(B.key),)), finding(B, rule=victim)],
                {victim: "dep-late"},
            )
            for victim in ("forecast-late", "overdue", "gate-too-early", "slip-creep")
        ),
        *(
            ([finding(rule="dep-late"), finding(rule=state)], {state: "dep-late"})
            for state in ("overdue", "stalled", "review-wait", "person-away", "dep-weak")
        ),
        ([finding("source:jira", rule="source-stale"), finding()], {"probe": "source-stale"}),
        (
            [
                finding("source:x", rule="source-stale", scopes=frozenset({Scope("x", "y")})),
                finding(),
            ],
            {},
        ),
    ],
)
def test_who_speaks_for_whom(found, expected):
    assert roots(*found) == expected
    assert roots(*found[::-1]) == expected


def test_the_first_of_a_chain_speaks_for_all():
    chain = [
        finding(rule="status-mismatch", discriminator="c"),
        finding(rule="overdue"),
        finding(rule="stalled"),
    ]
    assert roots(*chain) == {"overdue": "status-mismatch", "stalled": "status-mismatch"}


def test_the_evaluation_carries_it():
    found = [finding(rule="overdue"), finding(rule="stalled")]
    told = run(rule(*found))
    assert told.inhibited == ((found[1].fingerprint, found[0].fingerprint),)


def test_what_is_done_silences_itself_only():
    v = version("Checkout", release="2026-11-11", state="released")
    given = config(deliverables=(declared("x", "jira:version=Checkout"),))
    told = evaluate(snapshot(v, A), given, [rule(finding("deliverable:x"), finding(A))])
    assert [one.subject for one in told.findings] == [str(A.key)]


def test_an_item_of_which_no_first_sight_is_known_counts_as_held():
    held = replace(snapshot(A), first_seen={})
    assert len(evaluate(held, config(), [rule(finding())]).findings) == 1


# between two thresholds, and rules that want to be sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    dwell_bd: int = 3


def test_a_finding_that_only_holds_is_told_apart():
    answer = run(rule(finding(A), finding(B, holds=True)))
    assert [one.subject for one in answer.findings] == [str(A.key)]
    assert [one.subject for one in answer.holding] == [str(B.key)]


def test_what_holds_is_not_unknown_and_speaks_for_nothing():
    held, late = finding(A, rule="overdue", holds=True), finding(A, rule="forecast-late")
    unknown = Unknown(rule="overdue", subject=str(A.key), reason="?")
    answer = run(rule(held, late, unknown))
    assert answer.unknown == ()
    assert answer.inhibited == ()


def test_stale_data_lets_nothing_hold():
    answer = run(rule(finding(A, holds=True)), stale={"jira:PAY": "2026-11-20"})
    assert answer.holding == ()
    assert [one.subject for one in answer.unknown] == [str(A.key)]


def test_days_in_a_row_come_from_the_parameters():
    patient = replace(rule(name="patient"), params=Patient)
    assert run(patient, rule()).dwell == (("patient", 3),)
    assert run(patient, settings={"patient": {"dwell_bd": 5}}).dwell == (("patient", 5),)
    assert run(patient, settings={"patient": {"dwell_bd": 0}}).dwell == ()


@pytest.mark.parametrize(
    ("victim", "speaker"), [("forecast-late", "overdue"), ("stalled", "forecast-late")]
)
def test_the_graver_of_two_on_one_subject_speaks(victim, speaker):
    one, other = finding(A, rule=victim), finding(A, rule=speaker)
    assert inhibitions([one, other]) == {one.fingerprint: other.fingerprint}
    apart = finding(B, rule=speaker)
    assert inhibitions([one, apart]) == {}


def test_a_forecast_that_fails_stops_no_rule():
    told = Forecast(subject="deliverable:x", name="X", days=1, spread=1)
    broken = PastForecast(forecast=told, made_at=AS_OF, made_on=None)
    held = replace(snapshot(A), forecasts=(broken,))
    answer = evaluate(held, config(), (rule(finding(A)),))
    assert len(answer.findings) == 1
    assert [one.rule for one in answer.failures] == ["forecast"]
