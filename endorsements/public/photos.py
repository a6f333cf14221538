"""Photos of the endorsed: taken in by what they are, not by what they are called, and drawn anew.

Only the pixels are kept: place, camera, comments and whatever else the file carried are gone.
"""

import secrets
import warnings
from io import BytesIO

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from endorsements.refusals import Refusal

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000
MAX_SIDE = 1000
CARD = 224
FORMATS = ["JPEG", "PNG", "WEBP"]
WEIGHT = 100_000  # bytes: an endorsement's whole page has 120 KB (ux.md 6)
TRIES = [(MAX_SIDE, 82), (MAX_SIDE, 70), (800, 65), (640, 60)]  # pixels a side, JPEG quality


class PhotoField(forms.FileField):
    """An upload that is taken in as a photo; what can't be one is refused in the form, in words."""

    def __init__(self, *, max_length=None, **kwargs):
        # max_length is for the name a file came with, and that name is not kept.
        super().__init__(**kwargs)

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"accept": "image/jpeg,image/png,image/webp"}

    def to_python(self, data):
        """The photo drawn anew; None for no file."""
        upload = super().to_python(data)
        try:
            return upload and take_in(upload)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code="photo") from refusal


def take_in(upload) -> ContentFile:
    """The uploaded file as a fresh JPEG of at most 1000 pixels a side, under a random name.

    Refusal for anything but a whole JPEG, PNG or WebP of at most 5 MB and 25 million pixels.
    """
    raw = upload.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise Refusal(_("This photo is larger than 5 MB. Save it smaller, and send it again."))
    picture = decoded(raw)
    for side, quality in TRIES:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        drawn = BytesIO()
        picture.save(drawn, "JPEG", quality=quality, optimize=True, progressive=True)
        if drawn.tell() <= WEIGHT:
            break
    return ContentFile(drawn.getvalue(), name=f"{secrets.token_hex(12)}.jpg")


def small(photo) -> bytes:
    """A stored photo as the square of 224 pixels that stands on a card, some 10 KB."""
    with Image.open(photo) as picture:
        picture.draft("RGB", (2 * CARD, 2 * CARD))  # decodes no more of the JPEG than is shown
        drawn = BytesIO()
        ImageOps.fit(picture.convert("RGB"), (CARD, CARD), Image.Resampling.LANCZOS).save(
            drawn, "JPEG", quality=75, optimize=True
        )
        return drawn.getvalue()


def decoded(raw: bytes) -> Image.Image:
    """The picture in upright RGB, without its metadata."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # The three formats only: Pillow would also open what no browser shows, and run other programs on it.
            picture = Image.open(BytesIO(raw), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refusal(too_many_pixels()) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refusal(_("This file is not a JPEG, PNG or WebP photo. Send the photo in one of these forms.")) from error
    # The size stands in the header: nothing has been decoded yet.
    if picture.width * picture.height > MAX_PIXELS:
        raise Refusal(too_many_pixels())
    try:
        picture.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))  # a JPEG is decoded at half, a quarter or an eighth
        picture.load()
        picture = ImageOps.exif_transpose(picture)  # type: ignore[assignment]
        return on_white(picture)
    except Exception as error:  # a damaged file fails in many ways, all of them its own fault
        raise Refusal(_("This photo is damaged or cut off. Save it anew, and send it again.")) from error


def on_white(picture: Image.Image) -> Image.Image:
    """The picture's pixels on a white ground, in a new image that has nothing else."""
    ground = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground.paste(picture, mask=picture.getchannel("A"))
    else:
        ground.paste(picture.convert("RGB"))
    return ground


def too_many_pixels() -> str:
    return _("This photo has more than 25 million pixels. Save it smaller, and send it again.")
