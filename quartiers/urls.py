"""Addresses of the quartier side: filing a need, reading and following reports, feeds."""

from django.urls import include, path

from .views import feeds, figures, filing, follow, lists, reports

app_name = "quartiers"
urlpatterns = [
    path("remontees/", lists.public_list, name="reports"),
    path("remontees/chiffres/", figures.figures, name="figures"),
    path("mes-remontees/", lists.my_reports, name="my_reports"),
    path("remontees/une-personne/", filing.a_person, name="a_person"),
    path("remontees/nouvelle/", filing.begin, name="file"),
    path("remontees/nouvelle/<int:pk>/quoi/", filing.what, name="file_what"),
    path("remontees/nouvelle/<int:pk>/ou/", filing.where, name="file_where"),
    path("remontees/nouvelle/<int:pk>/deja-signale/", filing.same, name="file_same"),
    path("remontees/nouvelle/<int:pk>/ce-que-j-ai-vu/", filing.seen, name="file_seen"),
    path("remontees/nouvelle/<int:pk>/verifier/", filing.check, name="file_check"),
    path("remontees/nouvelle/<int:pk>/effacer/", filing.discard, name="file_discard"),
    path("remontees/<int:pk>/", reports.report, name="report"),
    path("remontees/<int:pk>/recue/", filing.receipt, name="receipt"),
    path("remontees/<int:pk>/photos/<int:photo>/", reports.photo, name="photo"),
    path("remontees/<int:pk>/moi-aussi/", follow.support, name="support"),
    path("remontees/<int:pk>/ne-plus-suivre/", follow.unfollow, name="unfollow"),
    path("remontees/<int:pk>/preciser/", follow.details, name="details"),
    path("remontees/<int:pk>/est-ce-regle/", follow.settled, name="settled"),
    path("remontees/<int:pk>/retirer/", follow.withdraw, name="withdraw"),
    path("est-ce-regle/<str:token>/", follow.settled_link, name="settled_link"),
    path("quartiers/<slug:slug>/remontees/", lists.quartier_list, name="quartier_reports"),
    path("quartiers/<slug:slug>/remontees.atom", feeds.reports_atom, name="reports_atom"),
    path("quartiers/<slug:slug>/remontees.geojson", feeds.reports_geojson, name="reports_geojson"),
    path("quartiers/<slug:slug>/travaux.ics", feeds.works_ics, name="works_ics"),
    path("", include("quartiers.story_urls")),
]
