"""A service that runs each second, through outages of every kind; what it costs over time.

All is counted in cycles: on a busy machine there are fewer of them, and the verdict stays the same.
"""

import os
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, product
from pathlib import Path

SOURCES = ("jira", "github", "calendar")
KINDS = ("signed out", "no answer", "asked to wait")
CYCLES_AN_HOUR = 4
"""A cycle a second stands for one each 15 minutes."""
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    memory: int
    """Kilobytes that are resident."""
    files: int
    threads: int


@dataclass
class Outage:
    kind: str
    source: str
    cycles: int = 0
    """Until the source was read again."""
    lines: int = 0
    """Lines of the log that name the source."""

    @property
    def lines_an_hour(self) -> float:
        return self.lines / max(1.0, self.cycles / CYCLES_AN_HOUR)


@dataclass
class Soak:
    """What was seen; samples of the first and the last third after warming up."""

    early: Sample
    late: Sample
    cycles: int
    outages: list[Outage]
    lines: int
    processor: float
    """Seconds of the service."""

    @property
    def lines_an_hour(self) -> float:
        """Of each source, all lines of the log counted."""
        return self.lines / len(SOURCES) / (self.cycles / CYCLES_AN_HOUR)

    def __str__(self) -> str:
        grown = 100 * (self.late.memory / self.early.memory - 1)
        worst = max((one.lines_an_hour for one in self.outages), default=0)
        return (
            f"{self.cycles} cycles, {len(self.outages)} outages; "
            f"memory {self.early.memory >> 10} MiB {grown:+.1f} %; "
            f"files {self.early.files} to {self.late.files}; "
            f"threads {self.early.threads} to {self.late.threads}; "
            f"at most {worst:.1f} lines an hour of outage, {self.lines} in all, "
            f"{self.lines_an_hour:.2f} per source and hour; "
            f"{self.processor:.0f} s of processor time"
        )


@dataclass
class Soaking:
    """A running service of `place`; `cycles()` counts its passes so far."""

    place: object
    service: object
    cycles: Callable[[], int]
    seconds: float
    probe: str
    """Address of a page that is asked for at every outage."""
    samples: list[Sample] = field(default_factory=list)

    def run(self) -> Soak:
        """Disturb it that long."""
        self.began, outages = time.monotonic(), []
        first, told = self.cycles(), len(self.service.lines)
        for turn, (kind, source) in enumerate(cycle(product(KINDS, SOURCES))):
            self.place.slip(15 + turn % 5)
            # Every other time mail is down as well.
            self.place.postbox.refuse = "451 later" if turn % 2 else ""
            outages.append(self._outage(Outage(kind, source)))
            with urllib.request.urlopen(self.probe) as answer:
                assert answer.read()
            self._until(self._passed(8))
            if self._is_over():
                break
        third = len(self.samples) // 3
        return Soak(
            early=_typical(self.samples[:third]), late=_typical(self.samples[-third:]),
            cycles=self.cycles() - first, outages=outages, lines=len(self.service.lines) - told,
            processor=processor_seconds(self.service.process.pid),
        )  # fmt: skip

    def _outage(self, outage: Outage) -> Outage:
        first, before = self.cycles(), len(self._lines_of(outage.source))
        up = self._ups(outage.source)
        with _befalls(getattr(self.place, outage.source), outage.kind):
            self._until(self._passed(CYCLES_AN_HOUR))
        self._until(lambda: self._ups(outage.source) > up)
        outage.cycles = self.cycles() - first
        outage.lines = len(self._lines_of(outage.source)) - before
        return outage

    def _lines_of(self, source: str) -> list[dict]:
        return [line for line in self.service.lines if line.get("source") == source]

    def _ups(self, source: str) -> int:
        return sum(line["event"] == "source.up" for line in self._lines_of(source))

    def _passed(self, many: int) -> Callable[[], bool]:
        end = self.cycles() + many
        return lambda: self.cycles() >= end

    def _is_over(self) -> bool:
        return time.monotonic() - self.began > self.seconds

    def _until(self, claim: Callable[[], bool]) -> None:
        while not claim():
            assert self.service.process.poll() is None, "the service ended"
            if time.monotonic() - self.began > self.seconds / 4:
                self.samples.append(_sample(self.service.process.pid))
            time.sleep(0.25)


@contextmanager
def _befalls(simulator, kind: str) -> Iterator[None]:
    """An outage of that kind, as long as the block goes on."""
    match kind:
        case "no answer":
            port = int(simulator.origin.rpartition(":")[2])
            simulator.stop()
            yield
            simulator.start(port)
        case "signed out":
            fault = simulator.fail(status=401)
            yield
            simulator.mend(fault)
        case "asked to wait":
            fault = simulator.fail(status=429, headers={"Retry-After": "61"})
            yield
            simulator.mend(fault)


def _typical(samples: list[Sample]) -> Sample:
    memory = int(statistics.median(one.memory for one in samples))
    # Readers and their connections come and go; what stays is in each sample.
    return Sample(memory, min(one.files for one in samples), min(one.threads for one in samples))


def _sample(pid: int) -> Sample:
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Sample(int(status["VmRSS"].split()[0]), files, int(status["Threads"]))


def processor_seconds(pid: int) -> float:
    """Of that process so far, all its threads counted."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK
