"""What a run costs, read from /proc: its time, its CPU, its processes' memory, and what others took meanwhile."""

import os
import threading
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
EVERY = 0.1  # seconds between two looks at the memory


class Watch:
    """A block's seconds and CPU seconds, of these processes or of a process and all its children.

    steal and foreign are cores: what the hypervisor and everybody else's processes took, on the average.
    peak is {program: MiB}, the most that any one of its processes held, PostgreSQL's shared memory left out.
    """

    def __init__(self, *pids, root=None, server=None, memory=False):
        self.pids, self.root, self.memory = pids, root, memory
        # All of a PostgreSQL, by one of its backends: what it does for several connections, and on its own.
        self.server = server and int(fields(server)[1])
        self.peak: dict[str, float] = {}

    def __enter__(self):
        self.ended = threading.Event()
        if self.memory:
            self.looker = threading.Thread(target=self.look_on, daemon=True)
            self.looker.start()
        self.before, self.machine, self.began = self.own(), machine(), time.perf_counter()
        return self

    def __exit__(self, *_error):
        self.seconds = time.perf_counter() - self.began
        self.cpu = (self.own() - self.before) / TICK
        busy, stolen = (after - before for after, before in zip(machine(), self.machine, strict=True))
        self.steal = stolen / TICK / self.seconds
        self.foreign = max(0.0, (busy / TICK - self.cpu) / self.seconds)
        self.ended.set()
        if self.memory:
            self.looker.join()

    def own(self):
        below = [pid for top in (self.root, self.server) if top for pid in family(top)]
        return sum(ticks(pid) for pid in {*self.pids, *below})

    def look_on(self):
        while not self.ended.wait(EVERY):
            for pid in family(self.root):
                name, size = memory_of(pid)
                self.peak[name] = max(size, self.peak.get(name, 0.0))

    def said(self) -> dict:
        """The figures of this block, as they stand in a results file."""
        return {
            "seconds": round(self.seconds, 4),
            "cpu": round(self.cpu, 2),
            "steal": round(self.steal, 2),
            "foreign": round(self.foreign, 2),
            **({"peak_mib": {name: round(size) for name, size in self.peak.items()}} if self.memory else {}),
        }


def fields(pid) -> list[str]:
    """What /proc says of a process after its name; [] when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def ticks(pid) -> int:
    """CPU of a process and of its children that it has seen end."""
    return sum(int(value) for value in fields(pid)[11:15])


def machine() -> tuple[int, int]:
    """(busy, stolen) ticks of the whole machine since it started."""
    user, nice, system, _idle, _wait, irq, soft, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return user + nice + system + irq + soft, steal


def family(root) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        if said := fields(pid):
            children.setdefault(int(said[1]), []).append(pid)
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def memory_of(pid) -> tuple[str, float]:
    """(program, MiB): the peak of a process; of PostgreSQL's what is not shared memory."""
    try:
        said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        size = {name: int(said[name].split()[0]) / 1024 for name in ("VmHWM", "RssAnon")}
    except (OSError, KeyError, ValueError):
        return "ended", 0.0
    name = said["Name"].strip()
    return (name, size["RssAnon"]) if name == "postgres" else (name, size["VmHWM"])
