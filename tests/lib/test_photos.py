"""Photos: only pixels survive, upright and small; what is not a photo gets a French sentence."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from vitre_civique.lib.photos import PhotoError, burn_rectangles, clean_photo

GPS_IFD = 0x8825


def upload(image, kind="JPEG", name="IMG_0001.jpg", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return SimpleUploadedFile(name, out.getvalue())


def with_gps():
    exif = Image.Exif()
    exif[0x010E] = "CANARI-DESCRIPTION"
    exif[0x0112] = 6  # turned a quarter
    exif.get_ifd(GPS_IFD)[1] = "N"
    exif.get_ifd(GPS_IFD)[2] = (48.0, 7.0, 26.0)
    return upload(Image.new("RGB", (40, 20), "red"), exif=exif)


def test_metadata_goes_and_the_picture_stands_upright():
    cleaned = clean_photo(with_gps())

    content = cleaned.read()
    image = Image.open(io.BytesIO(content))
    assert image.size == (20, 40)
    assert dict(image.getexif()) == {}
    assert b"CANARI" not in content
    assert "IMG_0001" not in cleaned.name


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("PNG", "LA")]
)
def test_each_format_comes_out_as_a_small_jpeg(kind, mode):
    image = Image.open(clean_photo(upload(Image.new(mode, (2000, 1000)), kind)))

    assert (image.format, image.size, image.mode) == ("JPEG", (1600, 800), "RGB")


def test_a_polyglot_leaves_its_script_behind():
    polyglot = with_gps().read() + b"<script>alert(1)</script><?php CANARI ?>"

    content = clean_photo(SimpleUploadedFile("x.jpg", polyglot)).read()

    assert b"script" not in content
    assert b"CANARI" not in content


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("a.jpg", b""), "pas une photo"),
        (SimpleUploadedFile("a.jpg", b"%PDF-1.7 hello"), "pas une photo"),
        (SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "pas une photo"),
        (SimpleUploadedFile("a.gif", b"GIF89a" + b"\0" * 40), "pas une photo"),
        (SimpleUploadedFile("a.jpg", b"\xff\xd8\xff" + b"\0" * 200), "pas une photo"),
        (SimpleUploadedFile("a.jpg", b"x" * (5 * 1024 * 1024 + 1)), "5 Mo"),
    ],
)
def test_what_is_not_a_photo_gets_a_sentence(file, sentence):
    with pytest.raises(PhotoError) as refusal:
        clean_photo(file)

    assert sentence in refusal.value.message


def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked():
    with pytest.raises(PhotoError) as refusal:
        clean_photo(upload(Image.new("1", (8000, 5001)), "PNG"))

    assert "40 millions" in refusal.value.message


def test_rectangles_are_burnt_in():
    image = Image.open(
        burn_rectangles(clean_photo(upload(Image.new("RGB", (100, 100), "red"))), [(0.5, 0.5, 1, 1)])
    )

    assert image.getpixel((80, 80))[0] < 90
    assert image.getpixel((20, 20))[0] > 200
