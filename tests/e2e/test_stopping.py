"""`stop` in a reply or from the shell ends the mails about one alert, and `reopen` brings them back."""

import json
import re

from syncd.cli.entry import run_command

LINKS = 'actions = "link"\n[serve]\npublic_url = "https://syncd.example.com"\n'


def number_of(mail) -> str:
    return str(mail["X-Syncd-Alert"])


def test_a_person_who_stopped_an_alert_gets_no_more_of_it_until_it_is_reopened(place):
    place.configure()
    path = place.folder / "syncd.toml"
    text = path.read_text()
    head, _, tail = text.partition("[alerts]")
    path.write_text(f"{head}{LINKS}[alerts]{tail}")
    assert place.syncd("run").returncode == 0
    place.slip(20)
    assert place.syncd("run").returncode == 0
    told = [mail for mail in place.postbox.mails if number_of(mail) != "None"]
    mail = told[-1]
    assert "https://syncd.example.com/u/" in str(mail["List-Unsubscribe"])
    who = re.search(r"(\w+)@", str(mail["To"]))[1]
    people = re.findall(r"\[people\.(\w+)\]\nname = .*\nemail = \"(.*)\"", text)
    person = next(
        (name for name, address in people if address == str(mail["To"].addresses[0].addr_spec)), who
    )
    alert, fingerprint = number_of(mail), str(mail["X-Syncd-Fingerprint"])
    assert place.syncd("alerts", "stop", alert).returncode == 2, "whose mail must be said"
    done = place.syncd("alerts", "stop", alert, "--by", person)
    assert "gets no more mail about it" in " ".join(done.stdout.split())

    def heard() -> int:
        return sum(
            str(one["X-Syncd-Fingerprint"]) == fingerprint and str(one["To"]) == str(mail["To"])
            for one in place.postbox.mails
        )

    before = heard()
    place.slip(35)
    place.syncd("run")
    assert heard() == before
    shown = " ".join(place.syncd("alerts", "show", alert).stdout.split())
    assert "superseded" in shown
    assert "asked for no more mail of this" in shown
    (entry,) = (json.loads(line) for line in place.syncd("-f", "jsonl", "log").stdout.splitlines())
    assert (entry["act"], entry["by"], entry["way"]) == ("stop", person, "shell")
    assert place.syncd("alerts", "reopen", alert, "--by", person).returncode == 0
    place.slip(60)
    place.syncd("run")
    assert heard() == before + 1


def test_a_kind_of_mail_is_turned_off_and_on_from_the_shell(tmp_path, monkeypatch, capsys):
    from answer_office import Office

    Office(tmp_path)
    monkeypatch.chdir(tmp_path)
    for words, said in (
        (("digest", "--by", "dana", "--off"), "dana gets digests no more."),
        (("digest", "--by", "dana", "--on"), "dana gets digests."),
    ):
        assert run_command(["-c", "syncd.toml", "alerts", "mails", *words]) == 0
        assert capsys.readouterr().out.strip() == said
    assert (
        run_command(["-c", "syncd.toml", "alerts", "mails", "service", "--by", "dana", "--off"])
        == 2
    )
    assert run_command(["-c", "syncd.toml", "alerts", "mails", "digest", "--by", "nobody"]) == 2
    capsys.readouterr()
    run_command(["-c", "syncd.toml", "log"])
    out = capsys.readouterr().out
    assert out.count("digests") == 2
