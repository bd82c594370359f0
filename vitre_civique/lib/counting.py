"""Many numbers of a page in one query."""

from django.db.models import CharField, Count, Value


def counts(**querysets):
    """{name: number of different rows} of each queryset, whatever their tables: one query for all."""
    parts = [_part(name, rows) for name, rows in querysets.items()]
    found = dict(parts[0].union(*parts[1:], all=True)) if parts else {}
    return {name: found.get(name, 0) for name in querysets}


def _part(name, rows):
    named = rows.order_by().annotate(counted_as=Value(name, output_field=CharField()))
    numbered = named.values("counted_as").annotate(rows_count=Count("pk", distinct=True))
    return numbered.values_list("counted_as", "rows_count")
