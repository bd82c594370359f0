from django.urls import path

from . import views

app_name = "notifications"

urlpatterns = [
    path("mes-messages/preferences/", views.preferences, name="preferences"),
    path("mes-messages/adresse/", views.address_works, name="address_works"),
    path("ne-plus-recevoir/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
