"""Whoever breaks things: processes of ours, killed, stopped and woken, with the step that each was hit at."""

import os
import signal
import socket
import sys
import time
import traceback
from collections import Counter

from django.db import connections

from tests.faults import steps

PATIENCE = 300  # seconds for whatever must come


class Child:
    """A forked process that runs a function; its steps and its end can be seen from here."""

    def __init__(self, folder, function, *args):
        connections.close_all()  # a connection must not be shared with a child
        sys.stdout.flush()
        self.folder, self.returned = folder, None
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                steps.publish(self.path(os.getpid()))
                function(*args)
                code = 0
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)

    def path(self, pid):
        return steps.of_process(self.folder, pid)

    def steps(self):
        return steps.read(self.path(self.pid))

    def runs(self):
        """Whether it has not ended; notes its exit code when it has."""
        if self.returned is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returned = os.waitstatus_to_exitcode(status)
        return self.returned is None

    def wait(self, patience=PATIENCE):
        """Come back when it has ended, by itself and well; RuntimeError otherwise."""
        wait_until(lambda: not self.runs(), "a process did not end", patience)
        if self.returned:
            raise RuntimeError(f"a process ended with {self.returned}")

    def kill(self):
        """SIGKILL, and gone."""
        if self.runs():
            os.kill(self.pid, signal.SIGKILL)
            self.returned = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Kills:
    """What was killed, at which step. Under 80 % in mid-work, a run shows nothing."""

    ENOUGH = 0.8

    def __init__(self):
        self.hit = Counter()

    def kill(self, pid, path):
        """Stop a process, look where it is, and kill it; the step it was hit at."""
        os.kill(pid, signal.SIGSTOP)  # so that it does not go on while we look
        at = next(iter(sorted(steps.read(path), key=self.depth)), "idle")
        os.kill(pid, signal.SIGKILL)
        self.hit[at] += 1
        return at

    @staticmethod
    def depth(step):
        """Of several threads, the one inside the database counts first, and last the one that waits for the others."""
        order = ["casting", "writing the receipt", "sealing", "asking for her vote"]
        return order.index(step) if step in order else len(order) + step.startswith("between")

    @property
    def count(self):
        return self.hit.total()

    def in_work(self):
        return 100 * (self.count - self.hit["idle"]) // max(self.count, 1)

    def missed(self, wanted):
        """Why these kills show nothing."""
        if self.count < wanted:
            yield f"only {self.count} of {wanted} kills"
        if self.in_work() < 100 * self.ENOUGH:
            yield f"only {self.in_work()} % of the kills hit work in hand"


def busy(path, patience=PATIENCE):
    """Wait until a process has work in hand."""
    wait_until(lambda: steps.read(path), "a process found no work", patience, every=0.001)


def wait_until(true, otherwise, patience=PATIENCE, every=0.02):
    """Come back when something is so; RuntimeError when it does not become so."""
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(every)


def listens(port):
    """Whether somebody answers at a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
