"""Addresses of « Signaler un problème »."""

from django.urls import path

from . import views

app_name = "problems"
urlpatterns = [
    path("signaler-un-probleme/", views.report, name="report"),
    path("signaler-un-probleme/merci/", views.sent, name="sent"),
]
