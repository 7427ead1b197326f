"""One command from arguments to exit code: the one place where errors become words and codes."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from types import FrameType

from syncd.cli import options as flags
from syncd.cli import pages
from syncd.cli.options import Interrupted, Options, Usage
from syncd.cli.pager import paged
from syncd.cli.streams import Unread


class Terminated(BaseException):
    """SIGTERM arrived outside `serve`."""


def run_command(arguments: Sequence[str]) -> int:
    """Run it; every exception is told on stderr and becomes an exit code."""
    if arguments and arguments[0] == "__complete":
        from syncd.cli.completing import complete

        return complete(arguments[1:])
    return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    options = Options()
    try:
        with _signals():
            options, rest = flags.split(arguments, flags.environment())
            done = pages.at_once(rest, options)
            done = _typer(rest, options) if done is None else done
            sys.stdout.flush()
            return done
    except Usage as error:
        return _say(options, str(error), error.hint or "syncd --help", 2)
    except Unread:
        return 0
    except (KeyboardInterrupt, Interrupted):
        return _say(options, "Interrupted; the store is consistent.", "", 130)
    except Terminated:
        return _say(options, "Terminated; the store is consistent.", "", 143)
    except Exception as error:  # noqa: BLE001 - the outermost: whatever it is, it is told
        from syncd.cli.failures import tell

        return tell(error, options)


def _typer(arguments: list[str], options: Options) -> int:
    from syncd.cli.tree import tree

    command = tree(arguments[0] if arguments else "")
    try:
        with paged(arguments, options):
            result = command(args=arguments, prog_name="syncd", standalone_mode=False, obj=options)
    except Exception as error:
        if hasattr(error, "format_message"):
            raise _usage(error, _path(command, arguments)) from None
        if type(error).__name__ == "Abort":
            raise KeyboardInterrupt from None
        raise
    return int(result or 0)


def _path(command: object, arguments: Sequence[str]) -> str:
    """The command that the arguments name, as far as there is one of that name."""
    path = "syncd"
    for word in arguments:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        path = f"{path} {word}"
    return path


def _usage(error: Exception, command: str) -> Usage:
    """Typer's words for a wrong command line, with the nearest flag of all there are.

    `command` is where to read on where Typer does not say in which command it was.
    """
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else command
    message = str(error.format_message()).strip()  # type: ignore[attr-defined]
    wrong = getattr(error, "option_name", "")
    if wrong and hasattr(error, "possibilities"):
        known = [name for param in context.command.params for name in param.opts] if context else []
        near = get_close_matches(wrong, [*known, *flags.GLOBAL], n=1)
        message = f"No such option: {wrong}" + (f", did you mean {near[0]}?" if near else "")
    return Usage(message, f"{command} --help")


def _say(options: Options, message: str, hint: str, code: int) -> int:
    from syncd.cli.typed import as_typed

    hint = as_typed(hint, options)
    if options.format in ("json", "jsonl"):
        import json

        error = {"type": "error", "code": code, "message": message, "hint": hint}
        sys.stderr.write(json.dumps(error, ensure_ascii=False) + "\n")
    elif options.quiet < 2:
        sys.stderr.write(message + "\n" + (f"  see: {hint}\n" if hint else ""))
    return code


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    def stop(_: int, __: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
