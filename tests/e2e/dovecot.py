"""Debian's dovecot on loopback: TLS, one account, mails put straight into its Maildir."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import trustme
from ports import kept_port

USER, PASSWORD = "syncd", "canary-91fd"
DOVECOT = shutil.which("dovecot") or next(
    (path for path in ("/usr/sbin/dovecot",) if Path(path).exists()), None
)

CONFIG = """\
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{base}/mail
mail_uid = {uid}
mail_gid = {gid}
disable_plaintext_auth = yes
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap {{
  process_min_avail = 1
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


class Dovecot:
    """One server with its own folder; stop it when done."""

    def __init__(self, folder: Path, authority: trustme.CA) -> None:
        self.folder, self.port, self.starttls_port = folder, kept_port(), kept_port()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        with (folder / "cert.pem").open("wb") as file:
            for blob in certificate.cert_chain_pems:
                file.write(blob.bytes())
        # The part that meets strangers refuses to run as root: Debian has a user for it.
        is_root, me = os.getuid() == 0, getpass.getuser()
        folder.chmod(0o755)
        held = pwd.getpwnam("dovecot") if is_root else None
        self.owner = (held.pw_uid, held.pw_gid) if held else (os.getuid(), os.getgid())
        for name in ("cur", "new", "tmp"):
            (folder / "mail" / name).mkdir(parents=True)
        for path in (folder / "mail", *(folder / "mail").iterdir()):
            os.chown(path, *self.owner)
        (folder / "dovecot.conf").write_text(
            CONFIG.format(
                base=folder, port=self.port, starttls_port=self.starttls_port, password=PASSWORD,
                internal="dovecot" if is_root else me, login="dovenull" if is_root else me,
                group="dovecot" if is_root else grp.getgrgid(os.getgid()).gr_name,
                uid=self.owner[0], gid=self.owner[1],
            )
        )  # fmt: skip
        with (folder / "err").open("wb") as errors:
            self.process = subprocess.Popen(
                [str(DOVECOT), "-F", "-c", str(folder / "dovecot.conf")],
                stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
        self._wait()
        self._count = 0

    def _wait(self) -> None:
        """Until it signs somebody in."""
        until = time.monotonic() + 180
        while time.monotonic() < until:
            with suppress(OSError, imaplib.IMAP4.error):
                trust = ssl.create_default_context(cafile=str(self.ca_file))
                with imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=trust, timeout=60) as it:
                    it.login(USER, PASSWORD)
                    return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "err").read_text() + (self.folder / "log").read_text())

    def deliver(self, mail: bytes) -> None:
        """As a delivery agent does: whole under another name first."""
        self._count += 1
        name = f"{1_700_000_000 + self._count}.M{self._count}P1.test"
        beside = self.folder / "mail" / "tmp" / name
        beside.write_bytes(mail)
        os.chown(beside, *self.owner)
        beside.rename(self.folder / "mail" / "new" / name)

    def files(self, folder: str = "") -> list[str]:
        place = self.folder / "mail" / (f".{folder}" if folder else "")
        found = [path.name for part in ("new", "cur") for path in (place / part).glob("*")]
        return sorted(found)

    def number_anew(self) -> None:
        """Forget all numbers: the folder gets another UIDVALIDITY."""
        for name in (
            "dovecot-uidlist",
            "dovecot.index.log",
            "dovecot.index",
            "dovecot.index.cache",
        ):
            (self.folder / "mail" / name).unlink(missing_ok=True)

    def reset(self) -> None:
        """No mail, no folder, other numbers."""
        for path in (self.folder / "mail").glob("*"):
            if path.name in ("cur", "new", "tmp"):
                for mail in path.iterdir():
                    mail.unlink()
            elif path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:  # a lock may go by itself
                path.unlink(missing_ok=True)

    def make_folder(self, name: str) -> None:
        trust = ssl.create_default_context(cafile=str(self.ca_file))
        with imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=trust, timeout=60) as it:
            it.login(USER, PASSWORD)
            it.create(name)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
