"""Pieces of pages that are the same for everybody, made once per process.

The key must name everything the piece is made from: then a piece is never stale, never another person's, and
needs no expiry. Only what is public goes into a key or a piece.
"""

KEPT_AT_MOST = 2000  # of a kilobyte or two

_pieces: dict = {}


def remembered(key: tuple, make):
    """The piece of `key`, from `make()` the first time in this process."""
    piece = _pieces.get(key)
    if piece is None:
        piece = make()
        if len(_pieces) >= KEPT_AT_MOST:
            _pieces.clear()
        _pieces[key] = piece
    return piece
