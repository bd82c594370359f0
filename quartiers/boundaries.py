"""What a drawn quartier must be: a closed GeoJSON ring that does not cross itself. Errors are French."""

from itertools import combinations

from vitre_civique.lib.geometry import rings

MOST_POINTS = 400
# Vitré and its surroundings, generously: outside, longitude and latitude were probably swapped.
WEST, SOUTH, EAST, NORTH = -1.6, 47.8, -0.8, 48.4


def problems(boundary):
    """French sentences about a GeoJSON value; empty when it can be drawn. An empty value is fine."""
    if not boundary:
        return []
    if not isinstance(boundary, dict) or boundary.get("type") not in ("Polygon", "MultiPolygon"):
        return ["Le contour doit être un « Polygon » ou un « MultiPolygon » GeoJSON."]
    try:
        found = rings(boundary)
        points = [(float(x), float(y)) for ring in found for x, y, *_ in ring]
    except (KeyError, TypeError, ValueError):
        return ["Les points doivent être des paires [longitude, latitude], par exemple [-1.21, 48.12]."]
    if not points:
        return ["Ce contour n’a aucun point."]
    if len(points) > MOST_POINTS:
        return [f"Ce contour a plus de {MOST_POINTS} points : simplifiez-le."]
    if not all(WEST <= x <= EAST and SOUTH <= y <= NORTH for x, y in points):
        return [
            "Un point est loin de Vitré : vérifiez que la longitude (-1,2) vient avant la latitude (48,1)."
        ]
    return [sentence for ring in found for sentence in _ring_problems([tuple(p[:2]) for p in ring])]


def _ring_problems(ring):
    if len(ring) < 4:
        return ["Un contour a au moins trois côtés, donc quatre points en comptant le retour au premier."]
    if ring[0] != ring[-1]:
        return ["Le contour n’est pas fermé : le dernier point doit être le même que le premier."]
    edges = list(zip(ring, ring[1:], strict=False))
    last = len(edges) - 1
    for (i, one), (j, other) in combinations(enumerate(edges), 2):
        are_neighbours = j == i + 1 or (i == 0 and j == last)
        if not are_neighbours and _cross(*one, *other):
            return [f"Le contour se croise lui-même, entre les points {i + 1} et {j + 1}."]
    return []


def _cross(a, b, c, d):
    """Whether the segments ab and cd meet."""
    sides = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    pairs = ((sides[0], a, b, c), (sides[1], a, b, d), (sides[2], c, d, a), (sides[3], c, d, b))
    return any(side == 0 and _between(p, q, r) for side, p, q, r in pairs)


def _side(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(p, q, r):
    return min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
