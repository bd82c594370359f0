"""Addresses of the volunteer's own pages."""

from django.urls import path

from .views import hours, join, profile

app_name = "volunteers"
urlpatterns = [
    path("je-donne-une-heure/", join.where, name="join"),
    path("je-donne-une-heure/quoi-et-quand/", join.what, name="join_what"),
    path("je-donne-une-heure/verifier/", join.check, name="join_check"),
    path("je-donne-une-heure/c-est-note/", join.joined, name="joined"),
    path("mon-profil/", profile.profile, name="profile"),
    path("mon-profil/ou/", profile.edit_where, name="edit_where"),
    path("mon-profil/quoi-et-quand/", profile.edit_what, name="edit_what"),
    path("mon-profil/pause/", profile.pause, name="pause"),
    path("mon-profil/reprendre/", profile.resume, name="resume"),
    path("mon-profil/charte/", profile.accept_charter, name="accept_charter"),
    path("mon-profil/arreter/", profile.stop, name="stop"),
    path("mon-heure/declarer/", hours.declare, name="declare"),
    path("mon-heure/passer/<str:month>/", hours.skip_month, name="skip_month"),
    path("mon-heure/ne-plus-passer/<str:month>/", hours.unskip_month, name="unskip_month"),
]
