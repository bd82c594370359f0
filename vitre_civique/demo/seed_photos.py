"""Pictures for the demonstration's reports: drawn by us, of nothing that exists, written once per name."""

import io

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFilter

SIZE = (1200, 900)
SKY, WALL, GROUND, ROAD = "#c9d8e2", "#b98f73", "#8f9a78", "#8a8f94"
WOOD, METAL, DARK, WATER = "#7a5230", "#3d4750", "#1d2733", "#6f8fa3"
DESCRIPTIONS = {
    "bench": "Un banc de bois dont deux lattes manquent.",
    "lamp": "Un lampadaire éteint, à la tombée du jour.",
    "paving": "Des dalles de trottoir soulevées, entourées d’un ruban.",
    "water": "Une passerelle recouverte d’eau après la pluie.",
}


def draw(subject):
    """(file name in the media folder, description) of the picture of `subject`."""
    name = f"remontees/demonstration-{subject}.jpg"
    if not default_storage.exists(name):
        image = Image.new("RGB", SIZE, "#2f3d4d" if subject == "lamp" else SKY)
        pen = ImageDraw.Draw(image)
        {"bench": bench, "lamp": lamp, "paving": paving, "water": water}[subject](pen)
        out = io.BytesIO()
        image.filter(ImageFilter.GaussianBlur(1.2)).save(out, format="JPEG", quality=82)
        default_storage.save(name, ContentFile(out.getvalue()))
    return name, DESCRIPTIONS[subject]


def bench(pen):
    pen.rectangle([0, 120, 1200, 480], fill=WALL)
    for y in range(140, 480, 48):
        pen.line([0, y, 1200, y], fill="#a67c61", width=4)
    pen.rectangle([0, 480, 1200, 900], fill=GROUND)
    for x in (280, 880):
        pen.rectangle([x, 420, x + 34, 760], fill=METAL)
    for y in (400, 500, 590):  # two slats are missing between them
        pen.rectangle([220, y, 980, y + 34], fill=WOOD)
    pen.polygon([(300, 700), (700, 740), (690, 768), (290, 728)], fill=WOOD)


def lamp(pen):
    pen.rectangle([0, 620, 1200, 900], fill="#39424b")
    pen.polygon([(120, 620), (120, 330), (300, 210), (480, 330), (480, 620)], fill="#232d38")
    pen.rectangle([250, 420, 340, 520], fill="#e9c46a")
    pen.rectangle([790, 180, 816, 760], fill=DARK)
    pen.arc([800, 120, 980, 260], 180, 300, fill=DARK, width=24)
    pen.polygon([(900, 150), (1010, 150), (980, 215), (930, 215)], fill=DARK)


def paving(pen):
    pen.rectangle([0, 0, 1200, 900], fill=ROAD)
    for row, y in enumerate(range(40, 900, 150)):
        for x in range(-160 if row % 2 else 0, 1200, 230):
            pen.rectangle([x, y, x + 220, y + 140], fill="#b7b2a8", outline="#77736b", width=5)
    for x, tilt in ((420, 26), (660, -34)):
        pen.polygon([(x, 400), (x + 220, 400 + tilt), (x + 206, 536 + tilt), (x - 14, 520)], fill="#d3cdc1")
        pen.polygon(
            [(x - 14, 520), (x + 206, 536 + tilt), (x + 206, 566 + tilt), (x - 14, 556)], fill="#5d5a54"
        )
    for x in range(0, 1200, 80):
        pen.polygon([(x, 690), (x + 40, 690), (x + 20, 726), (x - 20, 726)], fill="#a63d22")
    pen.rectangle([0, 686, 1200, 690], fill="#ffffff")


def water(pen):
    pen.rectangle([0, 0, 1200, 430], fill="#cdd6cf")
    for x in range(-60, 1200, 150):
        pen.ellipse([x, 120, x + 220, 470], fill="#6d8463")
    pen.rectangle([0, 430, 1200, 900], fill=WATER)
    for y in range(470, 900, 56):
        pen.arc([100, y, 1100, y + 120], 200, 340, fill="#9fb8c6", width=5)
    pen.polygon([(430, 900), (520, 520), (680, 520), (770, 900)], fill="#7d6a55")
    pen.rectangle([420, 640, 780, 760], fill="#8aa5b5")
    for x in (505, 672):
        pen.rectangle([x, 400, x + 22, 640], fill=METAL)
