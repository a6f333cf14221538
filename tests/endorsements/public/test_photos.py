"""Photos: three formats by content, two limits before decoding, nothing kept but the pixels."""

import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from endorsements.models import Endorsement
from endorsements.public import photos
from endorsements.refusals import Refusal
from tests.factories.rounds import START, CandidacyFactory, RoundFactory

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WRONG_KIND = "This file is not a JPEG, PNG or WebP photo. Send the photo in one of these forms."
TOO_LARGE = "This photo is larger than 5 MB. Save it smaller, and send it again."
TOO_MANY_PIXELS = "This photo has more than 25 million pixels. Save it smaller, and send it again."
DAMAGED = "This photo is damaged or cut off. Save it anew, and send it again."


def picture(form="JPEG", size=(60, 40), mode="RGB", color="teal", **options):
    drawn = BytesIO()
    Image.new(mode, size, color).save(drawn, form, **options)
    return drawn.getvalue()


def taken(raw):
    return Image.open(BytesIO(photos.take_in(BytesIO(raw)).read()))


def refusal(raw):
    with pytest.raises(Refusal) as refused:
        photos.take_in(BytesIO(raw))
    return str(refused.value)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_three_formats_come_out_as_jpeg(form):
    photo = taken(picture(form))

    assert (photo.format, photo.mode, photo.size) == ("JPEG", "RGB", (60, 40))


def test_a_large_photo_shrinks_to_1000_pixels():
    assert taken(picture(size=(3000, 1500))).size == (1000, 500)


def test_a_busy_photo_is_saved_smaller_until_it_is_light():
    drawn = BytesIO()
    Image.effect_noise((1000, 1000), 30).save(drawn, "PNG")

    light = photos.take_in(BytesIO(drawn.getvalue())).read()

    assert len(light) <= photos.WEIGHT
    assert Image.open(BytesIO(light)).width < 1000


def test_every_photo_gets_a_name_of_its_own():
    first, second = (photos.take_in(BytesIO(picture())).name for _again in range(2))

    assert first != second
    assert len(first) == 28 and first.endswith(".jpg")


def test_the_place_and_the_camera_are_gone():
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    raw = picture(exif=exif, comment=b"taken at home")
    assert b"Secret Camera" in raw and b"taken at home" in raw

    drawn = photos.take_in(BytesIO(raw)).read()

    assert b"Secret Camera" not in drawn and b"taken at home" not in drawn
    assert dict(Image.open(BytesIO(drawn)).getexif()) == {}


def test_a_photo_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    assert taken(picture(size=(60, 40), exif=exif)).size == (40, 60)


def test_a_card_has_a_small_square_of_the_photo():
    card = photos.small(photos.take_in(BytesIO(picture(size=(900, 1100)))))

    assert Image.open(BytesIO(card)).size == (224, 224)
    assert len(card) < 15_000


@pytest.mark.django_db
def test_a_card_shows_its_photo_only_once_it_is_public(client):
    endorsement = Endorsement.objects.create(
        candidacy=CandidacyFactory(), round=RoundFactory(), slug="ann", issued_at=START, announced_at=START
    )
    assert client.get("/endorsed/ann/card.jpg").status_code == 404

    endorsement.photo.save("ann.jpg", photos.take_in(BytesIO(picture())))
    assert client.get("/endorsed/ann/card.jpg")["Content-Type"] == "image/jpeg"

    Endorsement.objects.update(announced_at=None)
    assert client.get("/endorsed/ann/card.jpg").status_code == 404


@pytest.mark.django_db
def test_a_lost_photo_is_not_found(client):
    Endorsement.objects.create(
        candidacy=CandidacyFactory(),
        round=RoundFactory(),
        slug="ann",
        issued_at=START,
        announced_at=START,
        photo="x.jpg",
    )

    assert client.get("/endorsed/ann/card.jpg").status_code == 404


def test_a_form_takes_the_photo_in_and_forgets_its_name():
    upload = SimpleUploadedFile("x" * 300 + ".svg", picture("PNG"), content_type="image/svg+xml")

    taken_in = photos.PhotoField(max_length=100).clean(upload)

    assert taken_in.name.endswith(".jpg") and "x" not in taken_in.name.removesuffix(".jpg")


def test_a_form_refuses_what_is_no_photo_in_words():
    with pytest.raises(ValidationError) as refused:
        photos.PhotoField().clean(SimpleUploadedFile("face.jpg", SVG))

    assert refused.value.messages == [WRONG_KIND]


def test_what_is_clear_becomes_white():
    assert taken(picture("PNG", mode="RGBA", color=(0, 0, 0, 0))).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "I;16"])
def test_unusual_colors_are_understood(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"

    assert taken(picture(form, mode=mode, color=0)).mode == "RGB"


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00" * 100, b"hello", SVG, b"GIF89a" + b"\x00" * 30, b"%PDF-1.4", picture("GIF"), picture("BMP")],
    ids=["empty", "zeros", "text", "svg", "broken gif", "pdf", "gif", "bmp"],
)
def test_other_files_are_refused(raw):
    assert refusal(raw) == WRONG_KIND


def test_a_script_behind_a_photo_does_not_come_along():
    raw = picture() + b"<script>alert(1)</script><?php echo 1; ?>"

    assert b"script" not in photos.take_in(BytesIO(raw)).read()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_photo_cut_off_is_refused(form):
    raw = Image.effect_noise((400, 400), 90)
    drawn = BytesIO()
    raw.save(drawn, form)

    assert refusal(drawn.getvalue()[:9000]) == DAMAGED


def test_five_megabytes_is_the_limit():
    raw = picture()

    assert taken(raw + b"\x00" * (photos.MAX_BYTES - len(raw))).size == (60, 40)
    assert refusal(raw + b"\x00" * (photos.MAX_BYTES - len(raw) + 1)) == TOO_LARGE


@pytest.mark.parametrize("size", [(5001, 5000), (20_000, 20_000), (60_000, 60_000)])
def test_a_photo_of_too_many_pixels_is_refused_by_its_header(size):
    raw = bytearray(picture("PNG"))
    raw[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    raw[29:33] = zlib.crc32(raw[12:29]).to_bytes(4, "big")

    assert refusal(bytes(raw)) == TOO_MANY_PIXELS


def test_a_photo_with_a_huge_comment_is_refused_or_bare():
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "x" * 20_000_000, zip=True)

    assert refusal(picture("PNG", pnginfo=note)) in [DAMAGED, WRONG_KIND]
