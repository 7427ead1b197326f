"""`syncd report`: one program whole, as a page, Markdown or JSON. Reads the store only."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from syncd.cli.options import Options, Usage, require
from syncd.cli.reconcile import moment_of
from syncd.cli.screen import Screen
from syncd.cli.wiring import now, open_app, open_reading, zone_of
from syncd.errors import ConfigError, SyncdError
from syncd.model.grants import PAGE_LIFE, PageRight
from syncd.redaction import SECRETS
from syncd.report.contents import Audience, Block, Report
from syncd.report.document import document, lines
from syncd.report.markdown import markdown
from syncd.report.page import file_name, page

SUFFIXES = {".html": "html", ".htm": "html", ".md": "md", ".json": "json", ".jsonl": "jsonl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for on the command line."""

    output: str = ""
    audience: str = "team"
    reader: str = ""
    program: str = ""
    blocks: str = ""
    as_of: str = ""


def report(options: Options, request: Request) -> int:
    """Print it, or write the file."""
    screen = Screen(options)
    audience, blocks = _audience(request.audience), _blocks(request.blocks)
    made_as = _format(options, request)
    with open_app(options, read_only=True) as app:
        require("program", [request.program] if request.program else [], app.settings.programs)
        require("person", [request.reader] if request.reader else [], app.settings.people)
        zone = zone_of(options, app.settings)
        as_of = moment_of(request.as_of, zone) if request.as_of else now()
        found = app.report(
            as_of, audience=audience, reader=request.reader, zone=zone.key,
            program=request.program, blocks=blocks,
        )  # fmt: skip
    content = _content(found, made_as)
    if not request.output or request.output == "-":
        screen.raw(content)
        return 0
    path = _path(Path(request.output), found, made_as)
    _write(path, content)
    screen.note(f"{path} is made for {found.readers}: {len(content.encode()):,} bytes.")
    return 0


def link(options: Options, request: Request) -> int:
    """A signed link to the page of the program, or to the list of all."""
    from syncd.mailroom import Mailroom

    screen, audience = Screen(options), _audience(request.audience)
    with open_reading(options) as (settings, store):
        require("program", [request.program] if request.program else [], settings.programs)
        address = settings.serve.address
        if address is None:
            raise ConfigError("serve.bind is not set, so there is no page", hint="set serve.bind")
        # Where somebody has signed already, a key that is made here would open nothing.
        signing = Mailroom(settings, store, read_only=bool(store.signers())).known_signing(now())
    right = PageRight(program=request.program, audience=audience, expires=now() + PAGE_LIFE)
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    base = settings.serve.public_url or f"http://{host}:{address[1]}"
    asked = {"audience": str(audience)} if audience is Audience.LEAD else {}
    query = urlencode(asked | {"key": signing.page_key(right)})
    url = f"{base}/r/{request.program}?{query}"
    # Not by the screen, which masks what opens something: to hand it out is what this is for.
    if screen.is_json:
        document = {
            "schema": "syncd/report-link/1", "url": url, "program": request.program or None,
            "audience": str(audience), "expires": right.expires.isoformat(),
        }  # fmt: skip
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        sys.stdout.write(url + "\n")
        screen.note(f"Whoever has it may read the page until {right.expires:%Y-%m-%d}.")
    return 0


def _audience(text: str) -> Audience:
    return Audience(_known("--audience", text, list(Audience)))


def _blocks(text: str) -> tuple[Block, ...]:
    """`timeline,log` names them; `-log` leaves one out of all."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        _known("--blocks", name.removeprefix("-"), list(Block))
    wanted = {name for name in names if not name.startswith("-")} or set(Block)
    return tuple(block for block in Block if block in wanted and f"-{block}" not in names)


def _known(flag: str, value: str, known: Sequence[str]) -> str:
    """Raises Usage."""
    if value not in known:
        words = ", ".join(known)
        raise Usage(f'{flag} "{value}" is not one of {words}', "syncd report --help")
    return value


def _format(options: Options, request: Request) -> str:
    """As the flag says, else as the file is called; without a file Markdown."""
    if options.format != "table":
        return options.format
    if not request.output or request.output == "-":
        return "md"
    return SUFFIXES.get(Path(request.output).suffix.lower(), "html")


def _content(found: Report, made_as: str) -> str:
    if made_as == "html":
        text = page(found).decode()
    elif made_as == "json":
        text = json.dumps(document(found), ensure_ascii=False, indent=2) + "\n"
    elif made_as == "jsonl":
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines(found))
    else:
        text = markdown(found)
    return SECRETS.mask(text)


def _path(asked: Path, found: Report, made_as: str) -> Path:
    """In a folder a name that tells program, audience and day."""
    return asked / file_name(found, made_as) if asked.is_dir() else asked


def _write(path: Path, content: str) -> None:
    from syncd.files import write_atomic

    try:
        write_atomic(path, content.encode())
    except OSError as error:
        raise SyncdError(
            f"cannot write {path}: {error.strerror}",
            hint="syncd report -o ANOTHER-FILE",
        ) from error
