"""Figures so small that they point at somebody: hidden, also where a difference would give them back."""

SMALLEST_PUBLISHED = 5  # below, nothing is published
SMALLEST_FOR_ELECTED = 11  # below, élus read nothing (DP-18)
HIDDEN = None


def figure(number, smallest):
    """One figure in words: « 14 », or « moins de 11 »."""
    return str(number) if number >= smallest else f"moins de {smallest}"


def masked(rows, smallest):
    """A table of counts with its margins, small cells as None, so that no subtraction gives one back.

    `rows` are lists of counts. Returns the same rows each with its total added, then a row of column totals.
    In each line and column, what is hidden adds up to at least `smallest` and is never a single cell.
    """
    table = [[*row, sum(row)] for row in rows]
    table.append([sum(column) for column in zip(*table, strict=True)] if table else [])
    hidden = {(r, c) for r, row in enumerate(table) for c, number in enumerate(row) if number < smallest}
    lines = [[(r, c) for c in range(len(row))] for r, row in enumerate(table)]
    lines += [[(r, c) for r in range(len(table))] for c in range(len(table[0]))] if table else []
    while any(_protect(line, table, hidden, smallest) for line in lines):
        pass
    return [
        [HIDDEN if (r, c) in hidden else number for c, number in enumerate(row)]
        for r, row in enumerate(table)
    ]


def _protect(line, table, hidden, smallest):
    """Hide one more cell of `line` (its last cell is its total) when those hidden could be computed."""
    concealed = [cell for cell in line if cell in hidden]
    shown = sorted(
        (cell for cell in line if cell not in hidden), key=lambda cell: (table[cell[0]][cell[1]], cell)
    )
    if not concealed or not shown:
        return False
    total_is_shown = line[-1] not in hidden
    amount = sum(table[r][c] for r, c in concealed)
    if len(concealed) > 1 and (not total_is_shown or amount >= smallest):
        return False
    hidden.add(shown[0])
    return True
