"""The map of the site. Each app brings its own addresses; French sentences, English names."""

from django.contrib import admin
from django.urls import include, path

from quartiers.views import lists as needs_lists

from . import health, views

pages = (
    [
        path("donner-une-heure/", views.edited_page, {"page": "give"}, name="give"),
        path("demander-un-coup-de-main/", views.edited_page, {"page": "ask"}, name="ask"),
        path("signaler-un-besoin/", needs_lists.door, name="report"),
        path("aide/", views.edited_page, {"page": "help"}, name="help"),
        path("contact/", views.edited_page, {"page": "contact"}, name="contact"),
        path("charte/", views.edited_page, {"page": "charter"}, name="charter"),
        path("mise-en-relation/", views.edited_page, {"page": "criteria"}, name="criteria"),
        path("accessibilite/", views.edited_page, {"page": "accessibility"}, name="accessibility"),
        path("mentions-legales/", views.edited_page, {"page": "legal"}, name="legal"),
        path("confidentialite/", views.edited_page, {"page": "privacy"}, name="privacy"),
        path("cookies/", views.edited_page, {"page": "cookies"}, name="cookies"),
        path("plan-du-site/", views.edited_page, {"page": "sitemap"}, name="sitemap"),
        path("apparence/", views.appearance, name="appearance"),
    ],
    "pages",
)

urlpatterns = [
    path("", views.home, name="home"),
    path("", include(pages)),
    path("compte/", include("vitre_civique.accounts.urls")),
    path("compte/", include("vitre_civique.accounts.allauth_urls")),
    path("", include("quartiers.urls")),
    path("", include("vitre_civique.problems.urls")),
    path("remontee-service/", include("quartiers.service_urls")),
    path("open311/", include("quartiers.open311.urls")),
    path("", include("volunteers.urls")),
    path("", include("missions.urls")),
    path("mes-donnees/", include("vitre_civique.personal_data")),
    path("", include("vitre_civique.notifications.urls")),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("hors-ligne.js", views.offline_worker, name="offline_worker"),
    path("hors-ligne/", views.offline, name="offline"),
    path("sante/vivant", health.alive, name="alive"),
    path("sante/pret", health.ready, name="ready"),
    path("demo/", include("vitre_civique.demo.urls")),
    path("gestion/", admin.site.urls),
]

handler400 = "vitre_civique.views.bad_request"
handler403 = "vitre_civique.views.forbidden"
handler404 = "vitre_civique.views.not_found"
handler500 = "vitre_civique.views.server_error"
handler429 = "vitre_civique.accounts.sign_in.too_many_requests"  # read by allauth
