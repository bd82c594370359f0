"""What the pages of collections say: bar and sentences, points with their hours, who may help when."""

from django.db.models import IntegerField, OuterRef, Prefetch, Subquery, Sum
from django.db.models.functions import Coalesce

from vitre_civique.lib import french
from vitre_civique.lib.months import day_bounds, local_day

from . import browse
from .cards import slot_url
from .models import Collection, OpeningHours, Signup, Slot, Tally, TallyKind
from .models.signup import LIVE
from .statistics import collection_figures

CARDS_AT_MOST = 24


def progress(collection):
    """The context of `missions/_tally_bar.html` for a collection read `with_totals()`."""
    figures = collection_figures(collection)
    sentence = f"{collection.amount(figures.received)} sur {french.number(figures.goal)}"
    handed_out = ""
    if figures.handed_out:
        already = "déjà entre" if collection.is_open else "entre"
        handed_out = f"{collection.amount(figures.handed_out)} {already} de bonnes mains"
    return {
        "sentence": sentence,
        "handed_out": handed_out,
        "share": figures.share,
        "handed_out_share": figures.handed_out_share,
        "is_reached": figures.is_reached,
    }


def running_block(today):
    """The collection under way that the home page speaks of and its progress, or None. One query."""
    collection = Collection.objects.for_block(today).first()
    return collection and {"collection": collection, "progress": progress(collection)}


def line(collection, today):
    """One collection in the list."""
    return {
        "collection": collection,
        "progress": progress(collection),
        "when": french.days(collection.starts_on, collection.ends_on),
        "is_running": collection.is_running(today),
    }


def running_lines(today):
    """Every collection under way, for the start page of the desk. One query."""
    return [line(collection, today) for collection in Collection.objects.for_block(today)[:5]]


def for_points(collection):
    """Points with quartier, hours and what was counted at each. Two queries."""
    return (
        collection.points.select_related("quartier")
        .prefetch_related(
            Prefetch("hours", OpeningHours.objects.order_by("first_day", "last_day", "opens_at", "id"))
        )
        .annotate(
            received_count=_counted_at(TallyKind.RECEIVED), handed_out_count=_counted_at(TallyKind.HANDED_OUT)
        )
        .order_by("-is_active", "id")
    )


def _counted_at(kind):
    rows = Tally.objects.filter(point=OuterRef("pk"), kind=kind).order_by().values("point")
    return Coalesce(Subquery(rows.annotate(n=Sum("count")).values("n"), output_field=IntegerField()), 0)


def point_lines(points, collection, today):
    """Each point in words; `today` says its hours of the day while the collection runs."""
    return [
        {
            "point": point,
            "hours": hour_lines(point.hours.all()),
            "today": hours_of_day(point.hours.all(), today)
            if collection.is_running(today) and point.is_active
            else "",
            "received": french.number(point.received_count),
            "handed_out": french.number(point.handed_out_count),
        }
        for point in points
    ]


def hour_lines(hours):
    """[(« du lundi au vendredi », « de 9 h à 12 h et de 14 h à 18 h »)]: one line for the same days."""
    by_days = {}
    for row in hours:
        by_days.setdefault(row.days, []).append(row.span)
    return [(days, french.together(spans)) for days, spans in by_days.items()]


def hours_of_day(hours, day):
    """« Aujourd’hui de 9 h à 12 h », « Fermé aujourd’hui »."""
    spans = [row.span for row in sorted(hours, key=lambda row: row.opens_at) if row.is_on(day)]
    return f"Aujourd’hui {french.together(spans)}" if spans else "Fermé aujourd’hui"


def helper_cards(collection, reader, now):
    """A card for each slot to come of its missions, with the sign-up or the reader's own place."""
    slots = Slot.objects.upcoming(now).filter(mission__collection=collection)
    slots = browse.with_counts(slots, now).select_related("mission__quartier", "mission__gesture")
    slots = list(slots[:CARDS_AT_MOST])
    cards = browse.public_cards(slots, now=now, reader=reader)
    mine = own_signups(slots, reader)
    for slot, card in zip(slots, cards, strict=True):
        if signup := mine.get(slot.pk):
            card |= {"state": signup.state, "state_label": signup.get_state_display()}
        else:
            card["sign_up_url"] = slot_url(slot)
            is_full = slot.held_count >= slot.places
            card["sign_up_label"] = "Je me mets sur la liste" if is_full else "Je m’inscris"
    return cards


def own_signups(slots, reader):
    if reader is None or not slots:
        return {}
    live = Signup.objects.filter(volunteer=reader.volunteer, slot__in=slots, state__in=LIVE)
    return {signup.slot_id: signup for signup in live.order_by("id")}


def own_tallies(user, collection, now):
    """What this person counted today, newest first, with what each now stands for. Two queries."""
    start, end = day_bounds(local_day(now))
    rows = Tally.objects.filter(
        point__collection=collection, by=user, at__gte=start, at__lt=end, corrects__isnull=True
    )
    return [
        {
            "tally": tally,
            "words": collection.amount(standing(tally)),
            "at": french.hour(tally.at),
            "is_corrected": bool(tally.corrections.all()),
        }
        for tally in rows.select_related("point").prefetch_related("corrections").order_by("-at", "-id")[:20]
    ]


def standing(tally):
    """What a tally read with its corrections stands for."""
    return tally.count + sum(row.count for row in tally.corrections.all())
