"""Point in polygon and SVG paths, on shapes small enough to check by hand."""

import re

import pytest

from vitre_civique.lib.geometry import contains, projection_for, svg_path

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}
HOLED = {
    "type": "Polygon",
    "coordinates": [SQUARE["coordinates"][0], [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]],
}
TWO = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], [[[8, 8], [9, 8], [9, 9], [8, 8]]]]}


@pytest.mark.parametrize(
    ("shape", "point", "inside"),
    [
        (SQUARE, (2, 2), True),
        (SQUARE, (5, 2), False),
        (SQUARE, (-1, 4), False),
        (HOLED, (2, 2), False),
        (HOLED, (0.5, 2), True),
        (TWO, (8.8, 8.2), True),
        (TWO, (6, 6), False),
        ({}, (0, 0), False),
    ],
)
def test_point_in_polygon(shape, point, inside):
    assert contains(shape, *point) is inside


def test_path_starts_at_the_north_west_margin():
    projection = projection_for([SQUARE], width=104, margin=2)

    assert projection.xy(0, 4) == pytest.approx((2, 2))
    assert svg_path(SQUARE, projection).startswith("M2.0 ")
    assert svg_path(SQUARE, projection).endswith("Z")
    assert projection_for([], width=10).xy(0, 0) == (0, 0)


def test_a_shape_is_cut_at_the_edges_of_the_drawing():
    town = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
    around = {"type": "Polygon", "coordinates": [[[-9, -9], [9, -9], [9, 9], [-9, 9], [-9, -9]]]}
    beside = {"type": "Polygon", "coordinates": [[[5, 0], [6, 0], [6, 1], [5, 0]]]}
    projection = projection_for([town], width=100, margin=10)

    corners = set(re.findall(r"[-\d.]+ [-\d.]+", svg_path(around, projection)))

    assert corners == {"0.0 0.0", "100.0 0.0", f"0.0 {projection.height}", f"100.0 {projection.height}"}
    assert svg_path(beside, projection) == ""
