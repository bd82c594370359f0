"""Photos people send: read for real, turned upright, made smaller, written anew without metadata (SEC-22)."""

import io
import secrets
import warnings

from django.core.files.base import ContentFile
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


class PhotoError(Exception):
    """The file cannot be taken; `message` is the French sentence to show."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def clean_photo(uploaded):
    """A new JPEG under a random name (ContentFile), at most 1,600 px a side, made from the pixels alone.

    Raises PhotoError. Whatever rode along (GPS, thumbnails, a script behind the image) is not copied.
    """
    if uploaded.size > MAX_BYTES:
        raise PhotoError(
            "Cette photo pèse plus de 5 Mo : choisissez-en une plus légère, ou envoyez sans photo."
        )
    try:
        picture = _decoded(uploaded)
    except PhotoError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PhotoError(
            "Ce fichier n’est pas une photo que nous savons lire : choisissez une photo JPEG, PNG ou WebP."
        ) from error
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=85, optimize=True)
    return ContentFile(out.getvalue(), name=f"{secrets.token_urlsafe(16)}.jpg")


def _decoded(uploaded):
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(uploaded, formats=FORMATS)
        except Image.DecompressionBombWarning as error:
            raise _too_large() from error
        if image.width * image.height > MAX_PIXELS:
            raise _too_large()
        image.load()
    image = ImageOps.exif_transpose(image)
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image.convert("RGB"), mask=image.getchannel("A") if "A" in image.getbands() else None)
    return flat


def _too_large():
    return PhotoError("Cette photo a plus de 40 millions de points : réduisez-la, ou envoyez sans photo.")


def burn_rectangles(image_file, rectangles):
    """A new JPEG with each (left, top, right, bottom), in shares of the side from 0 to 1, filled for good."""
    image = Image.open(image_file).convert("RGB")
    for left, top, right, bottom in rectangles:
        box = (
            int(left * image.width),
            int(top * image.height),
            max(int(right * image.width), int(left * image.width) + 1),
            max(int(bottom * image.height), int(top * image.height) + 1),
        )
        image.paste((60, 60, 60), box)
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=85)
    return ContentFile(out.getvalue(), name=f"{secrets.token_urlsafe(16)}.jpg")
