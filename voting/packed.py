"""A contest's opened lines in memory: packed to 15 bytes each, given out sorted by line id. Pure.

Nothing of an opened ballot may touch a file or a table before the count does, and a list of a million of them
would be a hundred megabytes.
"""

import struct
from collections.abc import Iterable, Iterator

LINE = 13
LAYOUT = struct.Struct(f">{LINE}sh")
WIDTH = LAYOUT.size


class Lines:
    """(line id, option) pairs. Line ids are as good as random, so their first byte parts them evenly."""

    def __init__(self, pairs: Iterable[tuple[bytes, int]] = ()):
        self.heaps = Packed(WIDTH)
        for pair in pairs:
            self.heaps.add(LAYOUT.pack(*pair))

    def add_packed(self, packed: bytes) -> None:
        """Take in lines that are packed already."""
        for at in range(0, len(packed), WIDTH):
            self.heaps.add(packed[at : at + WIDTH])

    def __len__(self) -> int:
        return len(self.heaps)

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        for one in self.heaps:
            yield LAYOUT.unpack(one)

    def twice(self) -> bytes | None:
        """A line id that stands here more than once; None when each has its own."""
        before = b""
        for one in self.heaps:
            if one[:LINE] == before:
                return before
            before = one[:LINE]
        return None


class Packed:
    """Very many byte strings of one width, sorted when they are read. Only one of 256 heaps is ever taken apart."""

    def __init__(self, width: int):
        self.width = width
        self.heaps = [bytearray() for _ in range(256)]

    def add(self, one: bytes) -> None:
        self.heaps[one[0]] += one

    def __len__(self) -> int:
        return sum(map(len, self.heaps)) // self.width

    def __iter__(self) -> Iterator[bytes]:
        for heap in self.heaps:
            flat = bytes(heap)
            yield from sorted(flat[at : at + self.width] for at in range(0, len(flat), self.width))
