"""Addresses of missions: browsing, signing up, proposing, organising, calendars."""

from django.urls import path

from .views import browse, feeds, my_hour, organise, proposals, quartier_month, signups

app_name = "missions"
urlpatterns = [
    path("missions/", browse.mission_list, name="list"),
    path("missions/calendrier/", browse.calendar, name="calendar"),
    path("missions/<int:pk>/", browse.detail, name="detail"),
    path("quartiers/", browse.town_map, name="map"),
    path("le-mois/", quartier_month.town_month, name="town_month"),
    path("quartiers/<slug:slug>/le-mois/", quartier_month.quartier_month, name="quartier_month"),
    path("mon-quartier/", browse.my_quartier, name="my_quartier"),
    path("quartiers/<slug:slug>/", browse.quartier, name="quartier"),
    path("creneaux/<int:pk>/inscription/", signups.sign_up, name="sign_up"),
    path("creneaux/<int:pk>/agenda.ics", feeds.slot_ics, name="ics"),
    path("creneaux/<int:pk>/presence/", organise.attendance, name="attendance"),
    path("creneaux/<int:pk>/liste/", organise.printable, name="printable"),
    path("inscriptions/", signups.my_signups, name="my_signups"),
    path("inscriptions/<int:pk>/", signups.signup, name="signup"),
    path("inscriptions/<int:pk>/agenda.ics", feeds.signup_ics, name="signup_ics"),
    path("inscriptions/<int:pk>/se-desister/", signups.withdraw, name="withdraw"),
    path("inscriptions/<int:pk>/accepter/", signups.accept_offer, name="accept_offer"),
    path("inscriptions/<int:pk>/decliner/", signups.decline_offer, name="decline_offer"),
    path("inscriptions/<int:pk>/dire/", signups.say, name="say"),
    path("inscriptions/<int:pk>/noter/", organise.record, name="record"),
    path("reponse/<str:token>/", signups.coming, name="coming"),
    path("a-t-elle-eu-lieu/<str:token>/", signups.said, name="said"),
    path("mon-agenda/", feeds.my_feed, name="my_feed"),
    path("agenda/<str:token>.ics", feeds.feed, name="feed"),
    path("proposer-une-mission/", proposals.propose, name="propose"),
    path("mes-propositions/", proposals.my_proposals, name="my_proposals"),
    path("mes-propositions/<int:pk>/", proposals.proposal, name="proposal"),
    path("mes-propositions/<int:pk>/modifier/", proposals.edit, name="edit_proposal"),
    path("mes-propositions/<int:pk>/envoyer/", proposals.submit, name="submit_proposal"),
    path("mes-propositions/<int:pk>/retirer/", proposals.drop, name="drop_proposal"),
    path("mon-heure/", my_hour.my_hour, name="my_hour"),
]
