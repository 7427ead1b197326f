"""A minute of cycles with outages: memory, files and log lines stay where they were.

`SOAK_SECONDS=600` makes it ten minutes; with `-s` it prints its figures.
"""

import os

import pytest
from services import Ear, serving
from soaking import soak

SECONDS = float(os.environ.get("SOAK_SECONDS", "75"))


@pytest.mark.timeout(SECONDS + 240)
def test_cycles_with_outages_cost_no_memory_no_file_and_few_lines(place, eventually, tmp_path):
    place.configure(every="1s")
    ear = Ear(tmp_path)
    service = serving(place, NOTIFY_SOCKET=str(ear.path))
    eventually(ear.cycles, 60)
    found = soak(place, service.process, ear.cycles, SECONDS, service.lines)
    service.stop()
    ear.close()
    print(found)
    assert found.late.memory <= 1.1 * found.early.memory, found
    assert abs(found.late.files - found.early.files) <= 3, found
    assert found.lines_per_source_and_hour <= 3, found
