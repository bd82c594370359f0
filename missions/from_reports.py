"""A needs report becomes a mission, from its public summary alone. A mission done proposes « réglée »."""

from quartiers.models import NeedReport, NeedState

from .models import MissionReport

READY = (NeedState.RECEIVED, NeedState.IN_PROGRESS, NeedState.PLANNED, NeedState.FORWARDED)


def report_for_mission(pk):
    """The public report of this key, taken in by the mairie and still open; None otherwise."""
    if not str(pk).isdecimal():
        return None
    return NeedReport.objects.public().filter(pk=pk, state__in=READY).select_related("quartier").first()


def first_words(report):
    """What the form of the mission starts from: nothing the public does not read already."""
    summary = report.public_summary
    return {
        "kind": "collective",
        "help_kind": "town",
        "title": summary if len(summary) <= 90 else summary[:89].rsplit(" ", 1)[0] + "…",
        "public_text": summary,
        "quartier": report.quartier_id,
    }


def link(mission, report, *, by, now):
    """Remember where the mission comes from; a second call changes nothing."""
    return MissionReport.objects.get_or_create(
        mission=mission, defaults={"report": report, "by": by, "at": now}
    )[0]
