"""What a fault is, and what is known after it was played."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace


@dataclass(frozen=True)
class Fault:
    """A fault of trust.md 5: its number, what is done, what must hold, and its two sizes, in the words of the table."""

    name: str
    title: str
    holds: str
    play: Callable  # (home, size, chance) -> Seen
    full: dict
    small: dict

    def size(self, which):
        return SimpleNamespace(**(self.full if which == "full" else self.small))

    def size_in_words(self, which):
        found = self.full if which == "full" else self.small
        return ", ".join(f"{number:,} {words.replace('_', ' ')}" for words, number in found.items())


@dataclass
class Seen:
    """Figures in their words, every breach of what must hold, and every reason why a play shows nothing."""

    figures: dict = field(default_factory=dict)
    breaches: list = field(default_factory=list)
    void: list = field(default_factory=list)
    kills: dict = field(default_factory=dict)  # {step: how many were hit there}

    def check(self, *invariants):
        """Take in the breaches that invariants find."""
        for found in invariants:
            self.breaches += found

    def killed(self, kills, wanted):
        """Take in what was killed; a run whose kills missed the work is void."""
        self.kills = dict(kills.hit.most_common())
        self.figures["kills"] = kills.count
        self.figures["% of them in mid-work"] = kills.in_work()
        self.void += kills.missed(wanted)
