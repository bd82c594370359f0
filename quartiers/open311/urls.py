"""Addresses of Open311 GeoReport v2; `fmt` is « xml » or « json »."""

from django.urls import path, register_converter

from . import views


class FormatConverter:
    regex = "xml|json"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(FormatConverter, "open311_format")

app_name = "open311"
urlpatterns = [
    path("", views.docs, name="docs"),
    path("schemas.json", views.schemas, name="schemas"),
    path("discovery.<open311_format:fmt>", views.discovery, name="discovery"),
    path("v2/services.<open311_format:fmt>", views.services, name="services"),
    path("v2/services/<str:code>.<open311_format:fmt>", views.service_definition, name="definition"),
    path("v2/requests.<open311_format:fmt>", views.requests, name="requests"),
    path("v2/requests/<str:number>.<open311_format:fmt>", views.one_request, name="request"),
]
