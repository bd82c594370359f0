"""/compte/…: our own account pages (names accounts:…); allauth's are in allauth_urls."""

from django.urls import path

from . import sign_in, views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("coordonnees/", views.edit, name="edit"),
    path("bienvenue/", views.welcome, name="welcome"),
    path("moins-de-16-ans/", views.too_young, name="too_young"),
    path("seconde-protection/", views.second_factor, name="second_factor"),
    path("connexion/mot-de-passe/", sign_in.password_sign_in, name="password_sign_in"),
    path("confirmer/code/", views.reauthenticate_by_code, name="reauthenticate_by_code"),
    path("reprendre/", views.resume, name="resume"),
    path("reprendre/oublier/", views.forget, name="forget"),
    path("accord/", views.waiting, name="waiting"),
    path("accord/redemander/", views.ask_guardian_again, name="ask_guardian_again"),
    path("accord/formulaire/", views.guardian_form, name="guardian_form"),
    path("accord/<str:token>/", views.guardian, name="guardian"),
    path("accord-papier/<int:pk>/", views.record_consent, name="record_consent"),
]
