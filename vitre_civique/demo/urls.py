"""Addresses of the demonstration, under /demo/."""

from django.urls import path

from . import town_pages, views

app_name = "demo"
urlpatterns = [
    path("", town_pages.index, name="index"),
    path("mails/", views.mail_list, name="mail_list"),
    path("mails/<str:key>/", views.mail_detail, name="mail_detail"),
    path("mails/<str:key>/html/", views.mail_html, name="mail_html"),
    path("mails/<str:key>/piece/<int:number>/", views.mail_attachment, name="mail_attachment"),
]
