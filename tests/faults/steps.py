"""Which step each thread of a process is at, in a file that outlives the process: what a kill hit."""

import mmap
import os
import threading
from functools import wraps
from pathlib import Path

SLOTS, WIDTH = 64, 32
IDLE = ""

_here = threading.local()
_lock = threading.Lock()
_file = None
_taken = 0


def publish(path):
    """Write this process's steps into a file from now on; again for a forked process."""
    global _file, _taken
    path = Path(path)
    path.write_bytes(bytes(SLOTS * WIDTH))
    with path.open("r+b") as opened:
        _file = mmap.mmap(opened.fileno(), SLOTS * WIDTH)
    _taken = 0
    _here.__dict__.clear()


def read(path):
    """The steps that the threads of a process are at, the idle ones left out."""
    try:
        said = Path(path).read_bytes()
    except FileNotFoundError:
        return []
    slots = (said[at : at + WIDTH].rstrip(b"\0").decode() for at in range(0, len(said), WIDTH))
    return [step for step in slots if step]


def enter(step):
    """Say where this thread is; gives where it was."""
    global _taken
    if _file is None:
        return IDLE
    if not hasattr(_here, "slot"):
        with _lock:
            _here.slot, _taken = _taken % SLOTS, _taken + 1
        _here.step = IDLE
    before, _here.step = _here.step, step
    at = _here.slot * WIDTH
    _file[at : at + WIDTH] = step.encode()[:WIDTH].ljust(WIDTH, b"\0")
    return before


def during(step, function):
    """The function, which says its step while it runs."""

    @wraps(function)
    def known(*args, **kwargs):
        before = enter(step)
        try:
            return function(*args, **kwargs)
        finally:
            enter(before)

    return known


def watch(owner, name, step):
    """Let a module's or a class's function say its step; twice is once."""
    function = getattr(owner, name)
    if not getattr(function, "watched", False):
        known = during(step, function)
        known.watched = True
        setattr(owner, name, known)


def of_process(folder, pid=None):
    """Where a process's steps stand."""
    return Path(folder) / f"{pid or os.getpid()}.steps"
