"""One mail, one transaction: SMTP with every reply judged (`reliability.md` mechanisms 4 and 5)."""

from __future__ import annotations

import re
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from syncd.errors import DeliveryError
from syncd.interfaces import Check, Mark
from syncd.model.alerts import Message
from syncd.notifiers.email.settings import EmailSettings, SmtpSettings, Tls
from syncd.text import clean_text

CREDENTIAL = 4
"""Exit code of a failed check that is about signing in or trust."""

PATIENCE_AT_THE_END = 3.0
"""Seconds that the server has to say goodbye; nothing depends on it."""

_SIGN_IN_FIRST = frozenset({530, 534, 535, 538})
_TOO_LARGE = 552


class _Lost(Exception):
    """The connection is gone. `in_doubt`: after the final dot, before its reply."""

    def __init__(self, error: object, *, in_doubt: bool = False) -> None:
        super().__init__(f"{error}" or type(error).__name__)
        self.in_doubt = in_doubt


class Smtp:
    """A connection to the submission server, opened when needed and used for one mail at a time."""

    def __init__(self, settings: EmailSettings, server: SmtpSettings) -> None:
        self._settings = settings
        self._server = server
        self._client: smtplib.SMTP | None = None
        self._in_hand = threading.Lock()
        """Held while a mail is handed over."""

    @property
    def _where(self) -> str:
        host, port = self._server.address
        return f"{host}:{port}"

    def send(self, message: Message) -> None:
        """Returns when the server has taken the mail over. Raises DeliveryError.

        A connection that died while it lay idle is opened again once, before anything was said
        about this mail.
        """
        with self._in_hand:
            try:
                self._begin()
            except _Lost:
                self._hang_up()
                self._client = self._connect()
            try:
                self._transaction(message)
            except _Lost as error:
                self._hang_up()
                raise DeliveryError(
                    f"{self._where} broke off: {self._safe(str(error))}", in_doubt=error.in_doubt
                ) from error
            except DeliveryError:
                raise
            except BaseException:  # a stop that is out of patience
                self._hang_up()
                raise

    def check(self) -> Iterator[Check]:
        """Connect, protect, sign in, ask for a sign of life; send nothing."""
        self.close()
        try:
            self._client = self._connect()
            self._ask("NOOP")
        except DeliveryError as error:
            yield Check(
                mark=Mark.FAILED,
                text=str(error),
                fix=error.hint,
                exit_code=error.exit_code,
            )
        except _Lost as error:
            yield Check(
                mark=Mark.FAILED, text=f"{self._where}: {self._safe(str(error))}", exit_code=3
            )
        else:
            how = {Tls.STARTTLS: "STARTTLS", Tls.TLS: "TLS", Tls.NONE: "no TLS"}[self._server.tls]
            signed = ", signed in" if self._server.user else ", no sign-in"
            yield Check(mark=Mark.OK, text=f"{self._where}, {how}{signed}; nothing sent")
        finally:
            self.close()

    def close(self) -> None:
        """End the session, politely if the server still listens.

        Not while another thread hands over a mail: what is left of that ends with the process.
        """
        if self._in_hand.locked():
            return
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(smtplib.SMTPException, OSError):
            if client.sock is not None:
                client.sock.settimeout(min(self._settings.timeout, PATIENCE_AT_THE_END))
            client.quit()
        client.close()

    def _hang_up(self) -> None:
        """Close without a word: in the middle of a mail the server would take it for the text."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _begin(self) -> None:
        """A session that is ready for a new mail."""
        if self._client is None:
            self._client = self._connect()
        else:
            self._ask("RSET")

    def _transaction(self, message: Message) -> None:
        size = f" SIZE={len(message.body)}" if self._offers("size") else ""
        self._demand("MAIL", f"FROM:<{self._settings.envelope_sender}>{size}", self._service)
        self._demand("RCPT", f"TO:<{message.recipient}>", self._person)
        self._demand("DATA", "", self._content, wanted=(354,))
        code, words = self._hand_over(message.body)
        if code // 100 != 2:
            raise self._content(code, words)

    def _hand_over(self, body: bytes) -> tuple[int, str]:
        """Send the text and its final dot. A failure after the dot leaves the mail in doubt."""
        stuffed = re.sub(rb"(?m)^\.", b"..", body)
        stuffed += b"" if stuffed.endswith(b"\r\n") else b"\r\n"
        client = self._live()
        try:
            client.send(stuffed)
        except (smtplib.SMTPException, OSError) as error:
            raise _Lost(error) from error
        try:
            client.send(b".\r\n")
            code, words = client.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise _Lost(error, in_doubt=True) from error
        if code // 100 not in (2, 4, 5):
            raise _Lost(f"an answer that is none: {code} {self._safe(words)}", in_doubt=True)
        return code, self._safe(words)

    def _demand(
        self,
        command: str,
        argument: str,
        verdict: Callable[[int, str], DeliveryError],
        wanted: tuple[int, ...] = (250, 251, 252),
    ) -> None:
        code, words = self._ask(command, argument)
        if code in _SIGN_IN_FIRST:
            raise self._trouble("wants a sign-in first", f"{code} {words}", exit_code=CREDENTIAL)
        if code not in wanted:
            raise verdict(code, words)

    def _ask(self, command: str, argument: str = "") -> tuple[int, str]:
        try:
            code, words = self._live().docmd(command, argument)
        except (smtplib.SMTPException, OSError) as error:
            raise _Lost(error) from error
        if code == 421:
            raise _Lost(f"421 {self._safe(words)}")
        return code, self._safe(words)

    def _live(self) -> smtplib.SMTP:
        if self._client is None:
            raise _Lost("not connected")
        return self._client

    def _offers(self, extension: str) -> bool:
        return self._live().has_extn(extension)

    def _service(self, code: int, words: str) -> DeliveryError:
        if code == _TOO_LARGE:
            return self._content(code, words)
        return DeliveryError(
            f"{self._where} refuses mail from {self._settings.envelope_sender}: {code} {words}",
            operator=code >= 500,
            hint="syncd doctor mail",
        )

    def _person(self, code: int, words: str) -> DeliveryError:
        """A full mailbox (552) may have room tomorrow; any other 5xx is for good."""
        return DeliveryError(
            f"{self._where} refuses the recipient: {code} {words}",
            permanent=code >= 500 and code != _TOO_LARGE,
        )

    def _content(self, code: int, words: str) -> DeliveryError:
        return DeliveryError(
            f"{self._where} refuses the text: {code} {words}",
            permanent=code >= 500,
            content=code >= 500,
        )

    def _trouble(self, what: str, error: object, *, exit_code: int = 3) -> DeliveryError:
        trouble = DeliveryError(
            f"{self._where}: {what}: {self._safe(str(error))}",
            operator=True,
            hint="syncd doctor mail",
        )
        trouble.exit_code = exit_code
        return trouble

    def _connect(self) -> smtplib.SMTP:
        """Connected, protected and signed in. Raises DeliveryError with `operator`."""
        try:
            client = self._open()
        except ssl.SSLError as error:
            raise self._trouble("TLS failed", error, exit_code=CREDENTIAL) from error
        except smtplib.SMTPResponseException as error:
            raise self._trouble("refuses to talk", _reply(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._trouble("cannot be reached", error) from error
        try:
            self._protect(client)
            self._sign_in(client)
        except DeliveryError:
            client.close()
            raise
        return client

    def _open(self) -> smtplib.SMTP:
        host, port = self._server.address
        name, timeout = self._settings.host, self._settings.timeout
        if self._server.tls is Tls.TLS:
            return smtplib.SMTP_SSL(
                host, port, local_hostname=name, timeout=timeout, context=self._trust()
            )
        return smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)

    def _protect(self, client: smtplib.SMTP) -> None:
        try:
            if self._server.tls is Tls.STARTTLS:
                client.starttls(context=self._trust())
            client.ehlo_or_helo_if_needed()
        except smtplib.SMTPNotSupportedError as error:
            raise self._trouble("offers no STARTTLS", error, exit_code=CREDENTIAL) from error
        except ssl.SSLError as error:
            raise self._trouble("TLS failed", error, exit_code=CREDENTIAL) from error
        except smtplib.SMTPResponseException as error:
            is_final = error.smtp_code >= 500
            raise self._trouble(
                "refuses STARTTLS or EHLO", _reply(error), exit_code=CREDENTIAL if is_final else 3
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._trouble("the connection broke", error) from error

    def _sign_in(self, client: smtplib.SMTP) -> None:
        server = self._server
        if server.user is None or server.password is None:
            return
        try:
            client.login(server.user, server.password.get_secret_value())
        except smtplib.SMTPAuthenticationError as error:
            raise self._trouble(
                f"refuses to sign in {server.user}",
                _reply(error),
                exit_code=CREDENTIAL if error.smtp_code >= 500 else 3,
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise self._trouble("offers no sign-in", "no AUTH", exit_code=CREDENTIAL) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._trouble("signing in failed", type(error).__name__) from None

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._server.ca_file)
        except OSError as error:
            raise self._trouble(
                f"cannot read {self._server.ca_file}", error, exit_code=CREDENTIAL
            ) from error

    def _safe(self, words: bytes | str) -> str:
        """The server's words, clean and without the password."""
        text = words.decode(errors="replace") if isinstance(words, bytes) else words
        password = self._server.password
        if password is not None and password.get_secret_value():
            text = text.replace(password.get_secret_value(), "******")
        return clean_text(text, 200)


def _reply(error: smtplib.SMTPResponseException) -> str:
    words = error.smtp_error
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{error.smtp_code} {text}"
