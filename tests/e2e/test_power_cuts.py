"""The power is cut at a write: what was not flushed is lost, kept or torn (S1, M2)."""

import os
import random
import re
import shutil
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from crashes import Crashes, crashes_in

CUTS = int(os.environ.get("SYNCD_POWER_CUTS", "60"))
SECTOR = 512
HEAD = struct.Struct("<c3xIIq")


class Step(NamedTuple):
    """One call of the process, as `faults.c` wrote it down."""

    kind: str
    """c create, w write, t truncate, s sync, u unlink, r rename, m bytes to the mail server."""
    name: str
    data: bytes
    offset: int


def steps_of(log: Path) -> list[Step]:
    raw, place, found = log.read_bytes(), 0, []
    while place < len(raw):
        kind, length, size, offset = HEAD.unpack_from(raw, place)
        place += HEAD.size
        name, data = raw[place : place + length], raw[place + length : place + length + size]
        place += length + size
        found.append(Step(kind.decode(), name.decode(), data, offset))
    return found


@dataclass
class Disk:
    """Files as the disk has them: `flushed`, and what was asked of them since."""

    flushed: dict[str, bytes]
    asked: dict[str, list[Step]] = field(default_factory=dict)
    moves: list[Step] = field(default_factory=list)
    """Names given and taken that no sync of the folder has made sure of."""

    def take(self, step: Step, folder: str) -> None:
        match step.kind:
            case "s" if step.name == folder:
                for move in self.moves:
                    self._move(move)
                self.moves.clear()
            case "s":
                for each in self.asked.pop(step.name, ()):
                    self._write(each)
            case "u" | "r":
                self.moves.append(step)
            case "c":
                self.flushed.setdefault(step.name, b"")
                if step.offset:
                    self.flushed[step.name] = b""
            case "w" | "t":
                self.asked.setdefault(step.name, []).append(step)

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """What is found after it."""
        for many in self.asked.values():
            for step in many:
                fate = chance.choice(("kept", "lost", "torn"))
                if fate == "torn" and step.kind == "w":
                    sectors = chance.randrange(len(step.data) // SECTOR + 1)
                    self._write(step._replace(data=step.data[: sectors * SECTOR]))
                elif fate == "kept":
                    self._write(step)
        for move in self.moves[: chance.randrange(len(self.moves) + 1)]:
            self._move(move)
        return self.flushed

    def _write(self, step: Step) -> None:
        old = self.flushed.get(step.name, b"")
        if step.kind == "t":
            self.flushed[step.name] = old[: step.offset].ljust(step.offset, b"\0")
        elif step.data:
            end = step.offset + len(step.data)
            self.flushed[step.name] = (
                old[: step.offset].ljust(step.offset, b"\0") + step.data + old[end:]
            )

    def _move(self, step: Step) -> None:
        content = self.flushed.pop(step.name, b"")
        if step.kind == "r":
            self.flushed[step.data.decode()] = content


def accepted(steps: Sequence[Step]) -> Counter[str]:
    """Message-IDs of the mails that had gone whole."""
    stream = b"".join(step.data for step in steps if step.kind == "m")
    whole = stream.split(b"\r\n.\r\n")[:-1]
    return Counter(
        re.findall(rb"(?im)^Message-ID:\s*(<[^>]+>)", mail)[-1].decode() for mail in whole
    )


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory):
    with crashes_in(tmp_path_factory.mktemp("cuts")) as found:
        yield found


@pytest.fixture(scope="module")
def before(crashes: Crashes) -> dict[str, bytes]:
    return {str(crashes.state / one.name): one.read_bytes() for one in crashes.saved.iterdir()}


@pytest.fixture(scope="module")
def steps(crashes: Crashes) -> list[Step]:
    crashes.begin()
    assert crashes.order("record").code == 0
    found = steps_of(crashes.log)
    assert accepted(found) == crashes.undisturbed
    return found


def cut(crashes: Crashes, before: dict[str, bytes], steps: list[Step], number: int) -> bool:
    """Cut the power in that part of so many; whether the next cycle repeats a mail."""
    chance, size = random.Random(number), len(steps) / CUTS
    end = int(number * size + chance.random() * size)
    disk = Disk(dict(before))
    for step in steps[:end]:
        disk.take(step, str(crashes.state))
    found = disk.cut(chance)
    shutil.rmtree(crashes.state)
    crashes.state.mkdir(mode=0o700)
    for name, content in found.items():
        if not name.endswith("-shm"):
            Path(name).write_bytes(content)
    crashes.postbox.mails.clear()
    crashes.recover()
    sent = accepted(steps[:end]) + crashes.sent()
    crashes.require_nothing_lost(sent)
    return sum(sent.values()) > len(sent)


def test_power_cut_at_any_write(crashes: Crashes, before, steps) -> None:
    repeated = sum(cut(crashes, before, steps, number) for number in range(CUTS))
    print(f"{CUTS} cuts among {len(steps)} steps, {repeated} with a mail repeated")


def test_cuts_would_find_a_store_that_flushes_nothing(crashes: Crashes, before, steps) -> None:
    unflushed, found = [step for step in steps if step.kind != "s"], []
    for number in range(11, CUTS, 12):
        try:
            cut(crashes, before, unflushed, number)
        except AssertionError as trouble:
            found.append(str(trouble))
    print(f"without flushes: {found}")
    assert len(found) >= 2
