"""The quartiers as shapes on which a point may be put (quartiers/_point.html and static/js/point.js)."""

from vitre_civique.lib.geometry import projection_for, svg_path

WIDTH = 640


def plan_of(quartiers):
    """{shapes, projection, viewbox}: what the page draws, and what turns a click into degrees."""
    drawn = [quartier for quartier in quartiers if quartier.boundary]
    projection = projection_for([quartier.boundary for quartier in drawn], width=WIDTH)
    shapes = [
        {"pk": quartier.pk, "name": quartier.name, "path_d": svg_path(quartier.boundary, projection)}
        for quartier in drawn
    ]
    return {
        "shapes": shapes,
        "projection": projection,
        "viewbox": f"0 0 {projection.width:.0f} {projection.height:.0f}",
    }
