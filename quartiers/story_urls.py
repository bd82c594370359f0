"""Addresses of stories and referrals, in the namespace of quartiers/urls.py."""

from django.urls import path

from .views import referrals, stories

urlpatterns = [
    path("recits/", stories.story_list, name="stories"),
    path("recits/raconter/", stories.tell, name="tell_story"),
    path("recits/<int:pk>/", stories.story, name="story"),
    path("recits/<int:pk>/reagir/", stories.react, name="react"),
    path("recits/<int:pk>/retirer/", stories.withdraw, name="withdraw_story"),
    path("recits/<int:pk>/mot-a-glisser/", stories.leaflet, name="leaflet"),
    path("recits/<int:pk>/mot-a-glisser.pdf", stories.leaflet_pdf, name="leaflet_pdf"),
    path("mes-recits/", stories.my_stories, name="my_stories"),
    path("orienter-une-personne/", referrals.referral, name="referral"),
    path("orienter-une-personne/envoye/", referrals.sent, name="referral_sent"),
]
