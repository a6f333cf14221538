"""Portraits for invented people: a calm ground and a silhouette, drawn anew from the name."""

import io
import zlib

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

SIZE = 640
GROUNDS = ["#0d4a57", "#7a4a12", "#3d4b7c", "#5b3a5e", "#2f5d3a", "#7a2f35"]
SKINS = ["#f0c9a6", "#d9a67c", "#b57b52", "#8a5636", "#6b4028"]
HAIR = ["#2a1d17", "#4a3020", "#7b4b2a", "#b98a4a", "#5d5d5d"]


def portrait(name):
    """A JPEG of a person who does not exist; the same name gives the same picture."""
    seed = zlib.crc32(name.encode())
    ground, skin, hair = GROUNDS[seed % 6], SKINS[seed // 7 % 5], HAIR[seed // 41 % 5]
    scale = 2  # drawn twice as large and then reduced: smooth edges
    image = Image.new("RGB", (SIZE * scale, SIZE * scale), ground)
    draw = ImageDraw.Draw(image)

    def oval(left, top, right, bottom, fill):
        draw.ellipse([side * scale for side in (left, top, right, bottom)], fill=fill)

    oval(-80, -180, 420, 320, blend(ground, "#ffffff", 0.08))
    oval(182, 92, 458, 392, hair)
    draw.rounded_rectangle([110 * scale, 440 * scale, 530 * scale, 800 * scale], 150 * scale, fill="#1f2a35")
    draw.polygon([(270 * scale, 440 * scale), (370 * scale, 440 * scale), (320 * scale, 545 * scale)], fill="#f4f1ea")
    draw.rounded_rectangle(
        [278 * scale, 350 * scale, 362 * scale, 470 * scale], 40 * scale, fill=blend(skin, "#000000", 0.12)
    )
    oval(212, 140, 428, 420, skin)
    draw.pieslice([side * scale for side in (200, 110, 440, 360)], 180, 360, fill=hair)
    image = image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return ContentFile(out.getvalue(), name=f"portrait-{seed:08x}.jpg")


def blend(color, other, share):
    """Two colors mixed."""
    pairs = [(int(color[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in pairs)
