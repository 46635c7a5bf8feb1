"""The folder in which one installation lives: one owner, one running platform, one set of keys."""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from infra.embedded.errors import StateDirError, StateDirLockedError

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included (unix(7)).
SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107
_LONGEST_SOCKET_NAME = len("/pg/.s.PGSQL.5432")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


def default_state_dir() -> Path:
    """Return ``~/.local/share/naru``."""
    return Path.home() / ".local" / "share" / "naru"


class StateDir:
    """A state folder; as a context manager it is created, private (0700) and locked.

    root  everything below belongs to this installation
    run   sockets; elsewhere, under the system's temporary folder, when `root` has too long or
          too odd a path for a socket
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or default_state_dir()).expanduser().absolute()
        self.run = _socket_folder(self.root)
        self.logs = self.root / "logs"
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Create and lock the folder. Raises StateDirLockedError, StateDirError."""
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        """Unlock the folder."""
        self.release()

    def acquire(self) -> None:
        """Create the folder and take its lock, which ends with this process, even on kill -9."""
        if self._lock is not None:
            raise StateDirError(f"{self.root} is locked by this process already")
        try:
            self._refuse_foreign_folder()
            _private_folder(self.root, parents=True)
        except OSError as e:
            raise StateDirError(f"cannot use {self.root}: {e.strerror}") from e
        lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(lock)
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock
        self.forget_running()
        _private_folder(self.run)
        _private_folder(self.logs)

    def _refuse_foreign_folder(self) -> None:
        # Somebody's home or project given by mistake must not be closed to others and filled.
        if not self.root.is_dir() or (self.root / "lock").exists():
            return
        shared = self.root.stat().st_mode & 0o077
        if shared and any(self.root.iterdir()):
            raise StateDirError(
                f"{self.root} holds other files and is open to others: choose a new folder"
            )

    def _take(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            pid = os.pread(lock, 32, 0).decode(errors="replace").strip()
            url = (self.running() or {}).get("url")
            raise StateDirLockedError(
                self.root,
                int(pid) if pid.isdigit() else None,
                url if isinstance(url, str) else None,
            ) from e
        os.truncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Withdraw the note of what runs here and unlock the folder."""
        if self._lock is not None:
            self.forget_running()
            if not self.run.is_relative_to(self.root):
                shutil.rmtree(self.run, ignore_errors=True)
            os.close(self._lock)
            self._lock = None

    def let_through(self) -> None:
        """Let other users pass through to folders that are theirs (0711): no listing, no reading.

        Only for a PostgreSQL that must run as another user.
        """
        for folder in (self.root, self.run):
            folder.chmod(0o711)

    def announce_running(self, url: str) -> None:
        """Note, for other commands, that the platform is ready at ``url``."""
        note = json.dumps({"url": url, "pid": os.getpid()})
        _write_whole(self.root / "running.json", note)

    def forget_running(self) -> None:
        """Withdraw the note."""
        (self.root / "running.json").unlink(missing_ok=True)

    def running(self) -> dict[str, object] | None:
        """Return ``{"url", "pid"}`` of the platform that runs here; None without one."""
        try:
            note = json.loads((self.root / "running.json").read_text())
        except (OSError, ValueError):
            return None
        # A killed launcher leaves its note behind, but not its lock.
        return note if isinstance(note, dict) and self._is_locked() else None

    def _is_locked(self) -> bool:
        if self._lock is not None:
            return True
        lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_hex(32)) -> str:
        """Return a key of this installation; ``make`` is called the first time, then it is kept.

        By default 32 random bytes as 64 hex digits. Needs the lock. Raises StateDirError.
        """
        if self._lock is None:
            raise StateDirError(f"{self.root} is not locked")
        file = self.root / "secrets.json"
        try:
            known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        except ValueError as e:  # other keys would make what they encrypted unreadable
            raise StateDirError(f"{file} is damaged: restore it from a backup") from e
        if name not in known:
            known[name] = make()
            _write_whole(file, json.dumps(known, indent=1))
        return known[name]


def _socket_folder(root: Path) -> Path:
    folder = root / "run"
    # Unusual characters would need quoting in DSNs and in PostgreSQL's list of socket folders.
    if len(
        os.fsencode(folder)
    ) + _LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT and _PLAIN_PATH.fullmatch(str(folder)):
        return folder
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"naru-{os.geteuid()}-{digest}"


def _private_folder(folder: Path, *, parents: bool = False) -> None:
    folder.mkdir(mode=0o700, parents=parents, exist_ok=True)
    found = folder.lstat() if not parents else folder.stat()
    if not stat.S_ISDIR(found.st_mode):  # in a shared /tmp it may be somebody's link
        raise StateDirError(f"{folder} is not a folder")
    if found.st_uid != os.geteuid():
        raise StateDirError(
            f"{folder} belongs to user {found.st_uid}: start as that user or choose another folder"
        )
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def _write_whole(file: Path, text: str) -> None:
    # Replaced as one: a reader, or a start after a power cut, sees the old or the new content.
    partial = file.with_name(f"{file.name}.new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
