"""What the tests of the quartier pages share: a signed-in referent, pictures of every sort."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.accounts.people import add_totp
from tests.quartiers.factories import create_referent

GPS = 34853  # the EXIF block where a phone writes its position


def create_signed_in_referent(client, quartier=None, **mandate):
    """A referent with a mandate in force today, an authenticator app, and `client` signed in as them."""
    referent = create_referent(quartier, **mandate)
    add_totp(referent)
    client.force_login(referent)
    return referent


def picture(*, with_gps=False, size=(64, 48), kind="JPEG"):
    out = io.BytesIO()
    image = Image.new("RGB", size, "seagreen")
    exif = Image.Exif()
    if with_gps:
        exif[0x010F] = "CanariPhone"
        gps = exif.get_ifd(GPS)
        gps[1], gps[2], gps[3], gps[4] = "N", (48.0, 7.0, 24.0), "W", (1.0, 12.0, 36.0)
    image.save(out, format=kind, exif=exif) if kind != "PNG" else image.save(out, format=kind)
    return out.getvalue()


def upload(content=None, name="IMG_CANARI.jpg", kind="image/jpeg", **options):
    return SimpleUploadedFile(name, picture(**options) if content is None else content, kind)


def content_of(photo):
    with photo.image.open("rb") as opened:
        return opened.read()


def has_gps(content):
    return bool(Image.open(io.BytesIO(content)).getexif().get_ifd(GPS))
