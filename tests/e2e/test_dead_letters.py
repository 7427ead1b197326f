"""A person whom no mail reaches: seen, told to the operator, mended and tried again (M1, N3)."""

import json
import re


def refuse(place, *who: str) -> None:
    async def judge(server, session, envelope, address, options):
        if address.partition("@")[0] in who:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    place.postbox.handle_RCPT = judge
    place.postbox.controller.handler = place.postbox


OLGA = '\n[people.olga]\nname = "Olga"\nemail = "olga@example.com"\noperator = true\n'


def test_what_is_refused_is_listed_told_and_can_be_tried_again(place) -> None:
    place.configure(more=OLGA)
    refuse(place, "dana")
    for days in (10, 15):
        place.slip(days)
        place.syncd("run")
    listed = place.syncd("notify", "--dead", "-f", "json")
    assert listed.returncode == 0
    dead = json.loads(listed.stdout)
    assert dead["schema"] == "syncd/undelivered/1"
    first = dead["messages"][0]
    assert first["recipient"] == "dana@example.com"
    assert first["error"].startswith("refused for good: ")
    assert "no such user here" in first["error"]
    table = place.syncd("notify", "--dead", "--width", "100").stdout
    assert f"notify --retry {dead['messages'][-1]['id']}" in " ".join(table.split())

    alerts = json.loads(place.syncd("alerts", "list", "-f", "json").stdout)["alerts"]
    status = place.syncd("status")
    assert "exit 3" in status.stdout
    assert "no such user here" in " ".join(status.stdout.split())
    assert "notify --dead" in status.stderr

    shown = " ".join(place.syncd("alerts", "show", alerts[0]["alert"]).stdout.split())
    assert "dana@example.com: dead" in shown
    assert "no such user here" in shown

    place.syncd("run")
    told = [mail for mail in place.postbox.mails if "is not reached" in mail["Subject"]]
    assert [mail["To"].addresses[0].addr_spec for mail in told] == ["olga@example.com"]
    assert "no such user here" in told[0].get_body(("plain",)).get_content()

    wrong = place.syncd("notify", "--retry", "ffffffff")
    assert wrong.returncode == 2
    assert "notify --dead" in wrong.stderr
    refuse(place)
    again = place.syncd("notify", "--retry", first["id"])
    assert again.returncode == 0, again.stderr
    assert re.search(r"\d mails? sent", again.stdout)
    ids = [mail["Message-ID"] for mail in place.postbox.mails]
    assert ids.count(first["message_id"]) == 1


def test_nothing_undelivered_is_said_so(place) -> None:
    place.syncd("run")
    assert place.syncd("notify", "--dead").stdout == "Nothing is undelivered.\n"
    assert place.syncd("notify", "--retry", "all").returncode == 0
