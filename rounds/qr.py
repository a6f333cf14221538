"""The QR code of an address, drawn on the server as the path of an SVG. Pure."""

from dataclasses import dataclass

import qrcode

# A poster hangs in the rain: with M a seventh of it may be lost.
CORRECTION = qrcode.constants.ERROR_CORRECT_M
QUIET_ZONE = 4  # modules of white around it; with less, old phones do not find it


@dataclass(frozen=True)
class Drawing:
    """size is the side in modules, the quiet zone with it; path draws the dark ones, one unit each."""

    size: int
    path: str


def draw(text: str) -> Drawing:
    """The QR code that says this text: the smallest one that holds it."""
    code = qrcode.QRCode(error_correction=CORRECTION, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return Drawing(len(rows), "".join(strokes(rows)))


def strokes(rows):
    """Each run of dark modules in a row as one rectangle."""
    for y, row in enumerate(rows):
        start = None
        for x, dark in enumerate([*row, False]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield f"M{start} {y}h{x - start}v1h-{x - start}z"
                start = None
