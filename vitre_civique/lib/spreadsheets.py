"""Files that town halls open: CSV for a French Excel, XLSX, ODS. No cell is ever run as a formula."""

from import_export.formats.base_formats import ODS, XLSX

CHOICES = [
    ("xlsx", "Excel (.xlsx)"),
    ("ods", "LibreOffice (.ods)"),
    ("csv", "Texte (.csv, points-virgules)"),
]
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX.CONTENT_TYPE,
    "ods": ODS.CONTENT_TYPE,
}
BOM = "\ufeff"
# What a spreadsheet takes for the start of a formula, also after a tab or spaces.
FORMULA_STARTS = ("=", "+", "-", "@")
NO_BREAK = "\u00a0\u202f"


def harmless(value):
    """`value` as a cell that cannot run: what looks like a formula gets an apostrophe, control signs go."""
    if not isinstance(value, str):
        return value
    # Unseen signs go first: one that hid the « = » would uncover it by going.
    text = "".join(sign for sign in value if sign in "\n\t" or sign.isprintable() or sign in NO_BREAK)
    return f"'{text}" if text.startswith("\t") or text.lstrip().startswith(FORMULA_STARTS) else text


def file_of(dataset, file_format):
    """(bytes, content type) of a tablib dataset in « csv » (`;`, UTF-8 with BOM), « xlsx » or « ods »."""
    for index, row in enumerate(dataset):
        dataset[index] = [harmless(value) for value in row]
    if file_format == "csv":
        return (BOM + dataset.export("csv", delimiter=";")).encode(), TYPES["csv"]
    content = dataset.export(file_format)
    return content, TYPES[file_format]
