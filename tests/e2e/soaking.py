"""A service that runs each second, with outages of every kind; what it costs over time."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

QUARTERS_AN_HOUR = 4
"""A cycle a second stands for one each 15 minutes."""


@dataclass(frozen=True)
class Sample:
    memory: int
    """Kilobytes that are resident."""
    files: int


@dataclass(frozen=True)
class Soak:
    """What was seen; samples of the first and the last third after warming up."""

    early: Sample
    late: Sample
    cycles: int
    lines: list[dict]

    @property
    def lines_per_source_and_hour(self) -> float:
        return len(self.lines) / 3 / (self.cycles / QUARTERS_AN_HOUR)

    def __str__(self) -> str:
        grown = 100 * (self.late.memory / self.early.memory - 1)
        return (f"{self.cycles} cycles; memory {self.early.memory >> 10} MiB {grown:+.1f} %; "
                f"files {self.early.files} to {self.late.files}; {len(self.lines)} lines, "
                f"{self.lines_per_source_and_hour:.2f} per source and hour")  # fmt: skip


def soak(place, process, cycles, seconds: float, lines) -> Soak:
    """Disturb a running service of `place` that long; `cycles()` counts passes so far."""
    began, samples, turn = time.monotonic(), [], 0
    ports = {name: int(getattr(place, name).origin.rpartition(":")[2])
             for name in ("jira", "github", "calendar")}  # fmt: skip
    first = cycles()
    while (passed := time.monotonic() - began) < seconds:
        turn += 1
        victim = list(ports)[turn % 3]
        simulator = getattr(place, victim)
        if turn % 2:
            simulator.stop()
            _watch(process, samples, passed, seconds, 4)
            simulator.start(ports[victim])
        else:
            place.slip(15 + turn % 5)
        _watch(process, samples, passed, seconds, 8)
    third = len(samples) // 3
    return Soak(
        early=_typical(samples[:third]), late=_typical(samples[-third:]),
        cycles=cycles() - first, lines=list(lines),
    )  # fmt: skip


def _watch(process, samples, passed, seconds, span) -> None:
    end = time.monotonic() + span
    while time.monotonic() < end:
        if passed > seconds / 4:
            samples.append(_sample(process.pid))
        time.sleep(0.25)


def _typical(samples) -> Sample:
    return Sample(
        int(statistics.median(one.memory for one in samples)),
        int(statistics.median(one.files for one in samples)),
    )


def _sample(pid: int) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text()
    memory = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return Sample(int(memory.split()[1]), len(list(Path(f"/proc/{pid}/fd").iterdir())))
