"""The quartiers as shapes for templates/quartiers/_map.html, with the number of missions in each."""

from django.urls import reverse

from vitre_civique.lib import french
from vitre_civique.lib.geometry import projection_for, rings, svg_path

WIDTH = 640
LONG_LABEL = 13  # letters
MARGIN = 64  # what is seen of the countryside around the town


def shapes_of(quartiers, counts, *, chosen=None, page="missions:quartier", of_month=False):
    """{shapes, viewbox}: one shape per quartier, also in the list twin when it has no drawing.

    `counts` are missions to come, or of a month; each shape leads to `page` of its quartier.
    """
    quartiers = list(quartiers)
    around = _surrounding(quartiers)
    inside = [quartier for quartier in quartiers if quartier is not around]
    margin = MARGIN if around else 8
    projection = projection_for([quartier.boundary for quartier in inside], width=WIDTH, margin=margin)
    words = ("mission", "missions") if of_month else ("mission à venir", "missions à venir")
    return {
        "shapes": [
            _shape(quartier, projection, counts, chosen, page, words, is_around=quartier is around)
            for quartier in sorted(quartiers, key=lambda quartier: quartier is not around)
        ],
        "viewbox": f"0 0 {projection.width:.0f} {projection.height:.0f}",
    }


def _surrounding(quartiers):
    """The quartier that holds all the others (the countryside): the map is fitted to what it surrounds."""
    boxes = {quartier: _box(quartier.boundary) for quartier in quartiers if quartier.boundary}
    for quartier, box in boxes.items():
        others = [other for name, other in boxes.items() if name != quartier]
        if others and all(_holds(box, other) for other in others):
            return quartier
    return None


def _box(boundary):
    points = [point for ring in rings(boundary) for point in ring]
    longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _holds(box, other):
    return box[0] < other[0] and box[1] < other[1] and box[2] > other[2] and box[3] > other[3]


def _shape(quartier, projection, counts, chosen, page, words, *, is_around):
    number = counts.get(quartier.pk, 0)
    x, y = projection.xy(quartier.centre_longitude or 0, quartier.centre_latitude or 0)
    if is_around:
        x, y = projection.width / 2, projection.height - MARGIN / 2 - 12
    return {
        "name": quartier.name,
        "label_lines": [quartier.name] if is_around else _lines(quartier.name),
        "url": reverse(page, args=[quartier.slug]),
        "path_d": svg_path(quartier.boundary, projection),
        "label_x": f"{x:.1f}",
        "label_y": f"{y:.1f}",
        "chosen": chosen is not None and chosen.pk == quartier.pk,
        "figure": number,
        "figure_label": french.count(number, *words),
    }


def _lines(name):
    """« Rachapt – Bellevue » on two lines, « Centre historique » too: a shape is narrow on a phone."""
    *parts, last = name.split(" – ")
    lines = [*(f"{part} –" for part in parts), last]
    return lines[0].split(" ", 1) if len(lines) == 1 and len(name) > LONG_LABEL else lines
