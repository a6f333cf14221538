"""A contest's opened lines in memory: packed to 15 bytes each, given out sorted by line id. Pure.

Nothing of an opened ballot may touch a file or a table before the count does, and a list of a million of them
would be a hundred megabytes.
"""

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from itertools import pairwise

from keys import sealing

LINE = 13
LAYOUT = struct.Struct(f">{LINE}sh")
WIDTH = LAYOUT.size
# A whole envelope: credential, what is sealed, the house's MAC; the database lays them out so too.
ENVELOPE = struct.Struct(f">q{sealing.SEALED}s32s")


def credentials_of(envelopes: bytes) -> array:
    """The credentials of envelopes that are packed, in their order."""
    found = array("q", memoryview(envelopes).cast("q")[:: ENVELOPE.size // 8])
    if sys.byteorder == "little":
        found.byteswap()
    return found


def rows_of_lines(contest: int, ones: Iterable[bytes]) -> Iterator[bytes]:
    """Packed lines as rows of a binary COPY: contest, line id, option."""
    start = struct.pack(">hiqi", 3, 8, contest, LINE)
    between = struct.pack(">i", WIDTH - LINE)
    return (start + one[:LINE] + between + one[LINE:] for one in ones)


def rows_of_voters(contest: int, credentials: Iterable[int]) -> Iterator[bytes]:
    """Credentials as rows of a binary COPY: contest, credential."""
    start = struct.pack(">hiqi", 2, 8, contest, 8)
    return (start + one.to_bytes(8, "big") for one in credentials)


class Lines:
    """(line id, option) pairs. Line ids are as good as random, so their first byte parts them evenly."""

    def __init__(self, pairs: Iterable[tuple[bytes, int]] = ()):
        self.heaps = Packed(WIDTH)
        for pair in pairs:
            self.heaps.add(LAYOUT.pack(*pair))

    def add_packed(self, packed: bytes) -> None:
        """Take in lines that are packed already."""
        self.heaps.add_all(packed)

    def __len__(self) -> int:
        return len(self.heaps)

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        for one in self.heaps:
            yield LAYOUT.unpack(one)

    def twice(self) -> bytes | None:
        """A line id that stands here more than once; None when each has its own."""
        for some in self.heaps.parts():
            ids = [one[:LINE] for one in some]
            if len(set(ids)) < len(ids):
                return next(one for one, next_one in pairwise(ids) if one == next_one)
        return None


class Packed:
    """Very many byte strings of one width, sorted when they are read. Only one of 256 heaps is ever taken apart."""

    def __init__(self, width: int):
        self.width = width
        self.heaps = [bytearray() for _ in range(256)]
        self.sorted = False

    def add(self, one: bytes) -> None:
        self.heaps[one[0]] += one
        self.sorted = False

    def add_all(self, packed: bytes, *, behind: int = 0) -> None:
        """Take in many, one behind the other, each behind so many bytes of something else."""
        heaps, width = self.heaps, self.width
        for at in range(behind, len(packed), width + behind):
            heaps[packed[at]] += packed[at : at + width]
        self.sorted = False

    def __len__(self) -> int:
        return sum(map(len, self.heaps)) // self.width

    def __iter__(self) -> Iterator[bytes]:
        for ones in self.parts():
            yield from ones

    def parts(self) -> Iterator[list[bytes]]:
        """All of them in order, heap by heap."""
        width = self.width
        for number, heap in enumerate(self.heaps):
            flat = bytes(heap)
            ones = [flat[at : at + width] for at in range(0, len(flat), width)]
            if not self.sorted:
                ones.sort()
                self.heaps[number] = bytearray(b"".join(ones))
            yield ones
        self.sorted = True
