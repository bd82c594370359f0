"""The site's own addresses, and the two floors that pages are measured against."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from vitre_civique import urls

handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)


@login_not_required
def empty(request):
    return HttpResponse("")


@login_not_required
def static_page(request):
    """The base template with a paragraph: menu, footer and all that every page carries."""
    return render(request, "benchmarks/static_page.html")


urlpatterns = [
    path("banc/vide/", empty),
    path("banc/gabarit/", static_page),
    *urls.urlpatterns,
]
