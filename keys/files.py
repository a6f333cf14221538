"""The key files in KEYS_DIR: link/ for mailed links, cast/ for casting, seal/ for opening (trust.md 2.2).

Never in the database, never derived from SECRET_KEY. A host that may not open ballots has no seal/.
"""

import os
import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

LINK, CAST, SEAL = "link", "cast", "seal"


class KeyMissing(Exception):
    """A key that is needed does not stand on this host; the text names it."""


def path_of(kind: str, name: str) -> Path:
    """Where a key stands."""
    return Path(settings.KEYS_DIR) / kind / name


def make(kind: str, name: str, content: bytes | None = None) -> bytes:
    """Write a key once (32 random bytes unless given) and return what stands there; a standing key stays."""
    try:
        return read(kind, name)  # by far the usual case: every letter and every link asks
    except KeyMissing as missing:
        if not isinstance(missing.__cause__, FileNotFoundError):
            raise
    path = path_of(kind, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32) if content is None else content)
        file.flush()
        os.fsync(file.fileno())
    try:
        # link() is atomic and refuses a standing name: of two makers at once, the first one's key stands.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return read(kind, name)


def read(kind: str, name: str) -> bytes:
    """The key's bytes; KeyMissing where it does not stand or may not be read."""
    try:
        return read_once(str(settings.KEYS_DIR), kind, name)
    except OSError as error:
        raise KeyMissing(f"The key {kind}/{name} can't be read here ({error.strerror}).") from error


@lru_cache(maxsize=64)
def read_once(folder: str, kind: str, name: str) -> bytes:
    """A key read from disk once a process: casting a vote opens no file. Failures are not remembered."""
    return Path(folder, kind, name).read_bytes()


def stands(kind: str, name: str) -> bool:
    """Whether the key can be read on this host now."""
    return os.access(path_of(kind, name), os.R_OK)


def names(kind: str) -> set[str]:
    """The names of all keys of a kind on this host; none where the folder can't be read."""
    try:
        return {name for name in os.listdir(path_of(kind, "")) if not name.startswith(".")}
    except OSError:
        return set()


def destroy(kind: str, name: str) -> bool:
    """Overwrite and remove a key; False when it was gone. Processes that read it before keep it until they end."""
    path = path_of(kind, name)
    read_once.cache_clear()
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return False  # also when another process destroys it at the same time
    return True
