"""Sentences in French that several apps say: moments, durations, counts."""

from functools import lru_cache

from django.utils.formats import date_format

from .months import PARIS

NBSP = "\u00a0"
NNBSP = "\u202f"
# What a mission of half a day lasts.
IN_WORDS = {2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six", 7: "sept", 8: "huit"}


def hour(moment):
    """« 14 h », « 14 h 30 », in Paris."""
    return clock(moment.astimezone(PARIS))


def clock(at):
    """« 9 h », « 9 h 30 »: an hour on the wall, of no particular day."""
    return f"{at.hour}{NBSP}h" + (f"{NBSP}{at.minute:02d}" if at.minute else "")


@lru_cache(maxsize=2000)
def day(on):
    """« lundi 23 novembre 2026 », « mardi 1er décembre 2026 »."""
    number = "1er" if on.day == 1 else str(on.day)
    return date_format(on, "l ") + f"{number}{NBSP}" + date_format(on, "F Y")


def moment(at):
    """« lundi 23 novembre 2026 à 14 h 30 », in Paris."""
    return f"{day(at.astimezone(PARIS).date())} à {hour(at)}"


def span(starts_at, ends_at):
    """« jeudi 26 novembre 2026, de 14 h à 15 h 30 »; says both days when it crosses midnight."""
    first, last = starts_at.astimezone(PARIS).date(), ends_at.astimezone(PARIS).date()
    if first == last:
        return f"{day(first)}, de {hour(starts_at)} à {hour(ends_at)}"
    return f"du {moment(starts_at)} au {moment(ends_at)}"


def days(first, last):
    """« du lundi 16 novembre au samedi 19 décembre 2026 »; the year twice when it changes; one day alone."""
    if first == last:
        return f"le {day(first)}"
    start = day(first) if first.year != last.year else day(first).removesuffix(f" {first.year}")
    return f"du {start} au {day(last)}"


def month(first_day):
    """« novembre 2026 »."""
    return date_format(first_day, "F Y")


def duration(minutes):
    """« une heure », « 45 minutes », « 1 h 30 », « trois heures »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return count(rest, "minute", "minutes")
    if rest:
        return f"{hours}{NBSP}h{NBSP}{rest:02d}"
    return "une heure" if hours == 1 else f"{IN_WORDS.get(hours, hours)}{NBSP}heures"


def hours(minutes):
    """« 17 h 15 », « 17 h », « 0 h »: in a column of figures."""
    whole, rest = divmod(minutes, 60)
    return f"{whole}{NBSP}h" + (f"{NBSP}{rest:02d}" if rest else "")


def week(monday, sunday):
    """« du lundi 23 au dimanche 29 novembre 2026 »; the first month or year too when it is another."""
    first = day(monday)
    if monday.year == sunday.year:
        first = first.removesuffix(f" {monday.year}")
        if monday.month == sunday.month:
            first = first.removesuffix(date_format(monday, "F")).removesuffix(NBSP)
    return f"du {first} au {day(sunday)}"


def count(number, one, many):
    """« 1 place », « 3 places », « 0 place » (French: zero is singular)."""
    return f"{number}{NBSP}{one if abs(number) < 2 else many}"


def number(value):
    """« 640 », « 1 000 »: thousands apart."""
    return f"{value:,}".replace(",", NNBSP)


def amount(value, one, many):
    """« 1 boîte », « 1 000 boîtes »: as `count`, thousands apart."""
    return f"{number(value)}{NBSP}{one if abs(value) < 2 else many}"


def together(words):
    """« a », « a et b », « a, b et c »."""
    *first, last = words
    return f"{', '.join(first)} et {last}" if first else last


def of_month(first_day):
    """« de novembre », « d’avril » (elision before a vowel)."""
    name = date_format(first_day, "F")
    return f"d’{name}" if name[0] in "aàoôeéiîuù" else f"de {name}"
