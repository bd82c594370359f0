"""Addresses of the link that a service without an account receives for one report."""

from django.urls import path

from .views import service

app_name = "need_service"
urlpatterns = [
    path("<str:token>/", service.answer, name="answer"),
    path("<str:token>/photos/<int:photo>/", service.photo, name="photo"),
]
