"""How Django writes moments by itself, as in the lists of the desk: « 6 décembre 2025, 9 h 05 »."""

DATETIME_FORMAT = "j\u00a0F Y, G\u00a0\\h\u00a0i"
SHORT_DATETIME_FORMAT = "d/m/Y, G\u00a0\\h\u00a0i"
TIME_FORMAT = "G\u00a0\\h\u00a0i"
