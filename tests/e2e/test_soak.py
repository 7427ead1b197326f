"""Cycles with outages: memory, files, threads and log lines stay where they were.

`SOAK_SECONDS=600` makes it ten minutes, as `.ci/check soak` does; with `-s` it prints its figures.
"""

import os
import resource

import pytest
from ports import kept_port
from services import Ear, serving
from soaking import Soaking

SECONDS = float(os.environ.get("SOAK_SECONDS", "40"))


@pytest.mark.timeout(3 * SECONDS + 240)
def test_cycles_with_outages_cost_no_memory_no_file_and_few_lines(place, eventually, tmp_path):
    address = f"127.0.0.1:{kept_port()}"
    place.configure(every="1s", more=f'\n[serve]\nbind = "{address}"\n')
    ear = Ear(tmp_path)
    service = serving(place, NOTIFY_SOCKET=str(ear.path))
    eventually(ear.cycles)
    found = Soaking(place, service, ear.cycles, SECONDS, f"http://{address}/metrics").run()
    service.stop()
    ear.close()
    ours = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{found}, {ours.ru_utime + ours.ru_stime:.0f} s of the providers'")
    assert found.late.memory <= 1.1 * found.early.memory, found
    assert abs(found.late.files - found.early.files) <= 3, found
    assert found.late.threads == found.early.threads, found
    assert all(one.lines >= 2 and one.lines_an_hour <= 3 for one in found.outages), found.outages
    assert found.lines_an_hour <= 3, found
    ids = [mail["Message-ID"] for mail in place.postbox.mails]
    assert len(ids) == len(set(ids)), "a mail went twice"
