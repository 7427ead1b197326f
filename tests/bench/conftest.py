import json
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import pytest

HERE = Path(__file__).parent
AT = "2026-11-20T13:00:00+00:00"


@pytest.fixture(autouse=True)
def _only_when_asked(request):
    asked = "bench" in request.config.getoption("-m")
    if request.node.get_closest_marker("bench") and not asked:
        pytest.skip("measures, run with -m bench")


class Provider:
    """A provider of `scopes` times `size` items in a process of its own; a context manager."""

    def __init__(self, kind, scopes, size, *, keep=True, **options):
        self.kind, self.options = kind, options
        words = [kind, str(scopes), str(size), *(["--keep"] if keep else [])]
        self.process = subprocess.Popen(
            [sys.executable, HERE / "serve.py", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def tell(self, *, log=False, **setting):
        """Behave so from now; how much was asked since the last call (`log`: and what)."""
        sent = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/bench",
            json.dumps(setting | {"log": log}).encode(),
            method="POST",
        )
        with urllib.request.urlopen(sent, timeout=600) as answer:
            return json.load(answer)

    @property
    def source(self):
        return {"kind": self.kind, "port": self.port, "options": self.options}


class Bench:
    """Starts providers and readings, and says what they took."""

    def __init__(self, folder, stack, say):
        self.folder, self.stack, self.say = folder, stack, say
        self.count = 0

    def provider(self, kind, scopes, size, **options):
        return self.stack.enter_context(Provider(kind, scopes, size, **options))

    def new_store(self):
        self.count += 1
        return str(self.folder / f"{self.count}.db")

    def syncd(self, *providers, store=None, at=AT):
        """Figures of one pull, into a fresh store unless one is given; no failure is let pass."""
        sources = [each.source for each in providers]
        found = self._read({"store": store or self.new_store(), "sources": sources, "at": at})
        assert found["failures"] == []
        return found

    def bare(self, provider, asked):
        """Figures of a loop of requests and orjson over the pages that were asked for."""
        log = self.folder / "log.json"
        log.write_text(json.dumps(asked))
        return self._read({"bare": str(log), "port": provider.port})

    def _read(self, told):
        done = subprocess.run(
            [sys.executable, HERE / "read.py", json.dumps(told)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    def pages(self, provider):
        """What one full pull asks for; afterwards the provider has every page ready."""
        provider.tell()
        self.syncd(provider)
        return provider.tell(log=True)["asked"]

    def paired(self, provider, asked, figure, times=3):
        """Medians of a figure, ours and bare, measured by turns."""
        ours, theirs = [], []
        for _ in range(times):
            theirs.append(self.bare(provider, asked)[figure])
            ours.append(self.syncd(provider)[figure])
        return median(ours), median(theirs)


@pytest.fixture
def bench(tmp_path, capsys):
    def say(text):
        with capsys.disabled():
            print(f"\n{text}", end="")

    with ExitStack() as stack:
        yield Bench(tmp_path, stack, say)
