"""Every exception that syncd raises on purpose: each says what, where, why and what to do next.

No message may hold a secret. The exit code of each class is the public contract of
``syncd help exit-codes``; where several apply, the first of 5, 4, 1, 7, 3, 10 wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class SyncdError(Exception):
    """Base of all expected errors: `str(error)` is a whole sentence for a person.

    `hint` is the next command to type, or the setting to change; "" where there is none.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigProblem:
    """One mistake in the configuration, with its place."""

    where: str
    """`file:line:column`, or `environment NAME`, or `secret NAME`."""
    path: str
    """Dotted path of the key, such as `sources.jira.url`; "" where the file can't be parsed."""
    message: str
    source_line: str = ""
    """The offending line as written, "" where it could hold a secret."""
    warning: bool = False
    passing: bool = False
    """It may be well again without a change of the configuration: a vault that is away."""


class ConfigError(SyncdError):
    """The configuration can't be used; `problems` lists everything wrong with it at once."""

    exit_code = 5

    def __init__(
        self, message: str, *, problems: tuple[ConfigProblem, ...] = (), hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class CredentialAway(ConfigError):
    """All that is wrong is that commands which give credentials failed; later they may not."""

    exit_code = 7


class SourceError(SyncdError):
    """A source could not be read. `source` is its configured name, `scope` the part concerned.

    `alone` means that its scope lies at a place of its own, so that even a refused credential or a
    network that fails says nothing about the other scopes of the source.
    """

    exit_code = 3
    retryable = False
    alone = False
    status = 0
    """HTTP status of the answer; 0 where there was none, or it is not what the error is about."""

    def __init__(self, message: str, *, source: str = "", scope: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.source = source
        self.scope = scope


class AuthError(SourceError):
    """The credential is missing, expired, refused, or taken for an anonymous caller."""

    exit_code = 4


class NotVisible(SourceError):
    """Gone, renamed or no right to see it: the provider's answer cannot tell which."""


class Unavailable(SourceError):
    """Network trouble, a time-out or a 5xx answer."""

    exit_code = 7
    retryable = True


class Unreached(Unavailable):
    """No connection came about to a place from which no answer came before."""


class RateLimited(SourceError):
    """The provider asks to wait. `retry_at` is aware UTC, or None where it gave no hint."""

    exit_code = 7
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        retry_at: datetime | None = None,
        source: str = "",
        scope: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, source=source, scope=scope, hint=hint)
        self.retry_after = retry_after
        """Seconds to wait from the moment of the answer, None without a hint."""
        self.retry_at = retry_at


class BudgetLow(RateLimited):
    """Little is left of the rate budget, and that is for people: no failure, read on later."""


class UnexpectedAnswer(SourceError):
    """An answer that is not what the provider's description promises: web page, bad JSON, shape."""


class TooLarge(UnexpectedAnswer):
    """An answer above the size limit; one with fewer items may pass."""


class CursorExpired(SourceError):
    """The provider forgot our position (HTTP 410): read this scope in full."""


class SourceEmptied(SourceError):
    """A complete listing lost more than 30 % of the open items: held, nothing counts as gone."""

    def __init__(
        self, message: str, *, lost: int, source: str = "", scope: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, source=source, scope=scope, hint=hint)
        self.lost = lost
        """How many open items it did not name."""


class ChangedMeanwhile(SyncdError):
    """A date does not say any more what it said when the edit was shown: it was left alone."""

    exit_code = 3


class StoreError(SyncdError):
    """The store can't be read or written."""


class StoreLocked(StoreError):
    """Another process owns the store, or holds it longer than we wait."""

    exit_code = 6


class StoreAway(StoreError):
    """The database cannot be reached, or broke off; nothing that was reported as done is lost."""

    exit_code = 7


class StoreTooNew(StoreError):
    """The store was written by a newer syncd; it was left untouched."""

    exit_code = 5


class StoreDamaged(StoreError):
    """The store file is not a whole database; it was left as it is."""

    def __init__(self, message: str, *, why: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.why = why
        """The damage alone."""


class StoreMoved(StoreError):
    """The store is a copy of one elsewhere: somebody has to say that it is the one in use."""

    exit_code = 5


class RuleError(SyncdError):
    """A rule raised; its alerts are held, the other rules go on."""

    exit_code = 3

    def __init__(self, message: str, *, rule: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.rule = rule


class DeliveryError(SyncdError):
    """A notification was not accepted.

    `permanent` means that this message to this person is refused for good. `operator` means that
    the trouble is not the person's but the service's (sign-in, server down): keep and tell.
    `content` means that what it says was refused, not whom it is for: a plainer form may pass.
    `in_doubt` means that no answer came after the last byte: it may have arrived.
    `retry_after` (seconds from the answer) or `retry_at` (aware UTC) is how long the other side
    asks this notifier to wait, with all its messages.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        operator: bool = False,
        content: bool = False,
        in_doubt: bool = False,
        retry_after: float | None = None,
        retry_at: datetime | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after, self.retry_at = retry_after, retry_at
        self.permanent = permanent
        self.operator = operator
        self.content = content
        self.in_doubt = in_doubt


class Unanswerable(SyncdError):
    """What somebody answered means nothing for this alert, so nothing was kept."""

    exit_code = 2


class InboxError(SyncdError):
    """The inbox could not be read; what was read before is kept."""

    exit_code = 3


class Stopped(SyncdError):
    """Asked to end in the middle of a cycle; what was committed is whole."""

    exit_code = 143
