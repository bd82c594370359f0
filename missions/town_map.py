"""The quartiers as shapes for templates/quartiers/_map.html, with the number of missions in each."""

from django.urls import reverse

from vitre_civique.lib import french
from vitre_civique.lib.geometry import projection_for, svg_path

WIDTH = 640


def shapes_of(quartiers, counts, *, chosen=None):
    """{shapes, viewbox}: one shape per quartier, also in the list twin when it has no drawing."""
    quartiers = list(quartiers)
    projection = projection_for([quartier.boundary for quartier in quartiers], width=WIDTH)
    return {
        "shapes": [_shape(quartier, projection, counts, chosen) for quartier in quartiers],
        "viewbox": f"0 0 {projection.width:.0f} {projection.height:.0f}",
    }


def _shape(quartier, projection, counts, chosen):
    number = counts.get(quartier.pk, 0)
    x, y = projection.xy(quartier.centre_longitude or 0, quartier.centre_latitude or 0)
    return {
        "name": quartier.name,
        "url": reverse("missions:quartier", args=[quartier.slug]),
        "path_d": svg_path(quartier.boundary, projection),
        "label_x": f"{x:.1f}",
        "label_y": f"{y:.1f}",
        "chosen": chosen is not None and chosen.pk == quartier.pk,
        "figure": number,
        "figure_label": french.count(number, "mission à venir", "missions à venir"),
    }
