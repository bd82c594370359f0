"""Search that ignores accents and capitals without any PostgreSQL extension."""

import unicodedata

from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Concat

_ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸ’"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyyaaaaaaceeeeiiiinooooouuuuyy'"


def plain(text):
    """« Hodeyère » → "hodeyere"; the same folding as the column made by `folded`."""
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae").replace("’", "'")
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower().strip()


def folded(*names):
    """Expression for a generated column that joins and folds the named columns."""
    parts = [part for name in names for part in (F(name), Value(" "))]
    expression = Concat(*parts, output_field=CharField()) if len(parts) > 2 else parts[0]
    for old, new in (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae")):
        expression = Func(expression, Value(old), Value(new), function="replace")
    expression = Func(expression, Value(_ACCENTED), Value(_PLAIN), function="translate")
    return Func(expression, function="lower", output_field=CharField())
