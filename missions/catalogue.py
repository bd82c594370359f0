"""The catalogue of simple gestures shipped with the software; the town then edits its own copy."""

import json
from pathlib import Path

from .models import Gesture

GESTURES_FILE = Path(__file__).parent / "data" / "gestures.json"


def shipped_gestures():
    """The gestures of the file, as unsaved rows."""
    return [Gesture(**fields) for fields in json.loads(GESTURES_FILE.read_text(encoding="utf-8"))]


def load_catalogue():
    """Add the gestures the town does not have yet; return how many. What staff edited stays as it is."""
    known = set(Gesture.objects.values_list("name", flat=True))
    missing = [gesture for gesture in shipped_gestures() if gesture.name not in known]
    Gesture.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
