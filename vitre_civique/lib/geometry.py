"""Plain-Python geometry for a town: point in polygon, and GeoJSON turned into SVG paths."""

from dataclasses import dataclass
from math import cos, radians


@dataclass(frozen=True)
class Projection:
    """Longitude and latitude to SVG units, equirectangular: precise enough for a town."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    width: float
    height: float

    def xy(self, longitude, latitude):
        return (longitude - self.west) * self.scale_x, (self.north - latitude) * self.scale_y


def projection_for(boundaries, *, width=640, margin=8):
    """The Projection that fits every GeoJSON polygon of `boundaries` in `width` units."""
    points = [p for boundary in boundaries for ring in rings(boundary) for p in ring]
    if not points:
        return Projection(0, 0, 1, 1, width, width)
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = cos(radians((south + north) / 2))
    scale_x = (width - 2 * margin) / max(east - west, 1e-9)
    scale_y = scale_x / squeeze
    height = (north - south) * scale_y + 2 * margin
    return Projection(
        west - margin / scale_x, north + margin / scale_y, scale_x, scale_y, width, round(height, 1)
    )


def svg_path(boundary, projection):
    """The `d` attribute of a GeoJSON Polygon or MultiPolygon, cut at the edges of the drawing.

    What is drawn outside is not seen, yet it would count as standing over the rest of the page.
    """
    parts = []
    for ring in rings(boundary):
        points = cut([projection.xy(*p[:2]) for p in ring], projection.width, projection.height)
        if not points:
            continue
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(parts)


def cut(points, width, height):
    """The part of a ring inside the box from (0, 0) to (width, height): Sutherland and Hodgman's way."""
    for axis, edge, sign in ((0, 0, 1), (0, width, -1), (1, 0, 1), (1, height, -1)):
        kept = []
        for n, point in enumerate(points):
            before = points[n - 1]
            is_in, was_in = sign * (point[axis] - edge) >= 0, sign * (before[axis] - edge) >= 0
            if is_in != was_in:
                along = (edge - before[axis]) / (point[axis] - before[axis])
                kept.append(tuple(b + along * (p - b) for b, p in zip(before, point, strict=True)))
            if is_in:
                kept.append(point)
        points = kept
    return points


def rings(boundary):
    if not boundary:
        return []
    if boundary["type"] == "Polygon":
        return boundary["coordinates"]
    return [ring for polygon in boundary["coordinates"] for ring in polygon]


def contains(boundary, longitude, latitude):
    """Whether the point lies in the polygon (even-odd rule, holes respected)."""
    inside = False
    for ring in rings(boundary):
        for (x1, y1, *_), (x2, y2, *_) in zip(ring, ring[1:], strict=False):
            if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (
                y2 - y1
            ) + x1:
                inside = not inside
    return inside
