"""Ending what runs until it is told to stop: Ctrl-C and a service manager's SIGTERM alike."""

import signal
import threading
from contextlib import contextmanager


@contextmanager
def told_to_stop():
    """An event that SIGINT and SIGTERM set while the block lasts; nobody's but the main thread's to use so."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
