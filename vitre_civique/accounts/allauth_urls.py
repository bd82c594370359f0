"""allauth's views at French addresses, under the names it reverses; what matters confirms identity first."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions import views as usersessions
from django.urls import path

from . import sign_in
from .reauthentication import recently_authenticated as confirmed

urlpatterns = [
    # « account_request_login_code » is the sign-in page itself: an address, then a code.
    path("connexion/", account.login, name="account_request_login_code"),
    path("connexion/", account.login, name="account_login"),
    path("connexion/code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("connexion/seconde-etape/", mfa.authenticate, name="mfa_authenticate"),
    path("connexion/cle/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("deconnexion/", sign_in.sign_out, name="account_logout"),
    path("ferme/", account.account_inactive, name="account_inactive"),
    path("inscription/", sign_in.sign_up, name="account_signup"),
    path("verification/", account.email_verification_sent, name="account_email_verification_sent"),
    path("adresse-e-mail/", confirmed(account.email), name="account_email"),
    path("mot-de-passe/", account.password_change, name="account_change_password"),
    path("mot-de-passe/choisir/", confirmed(account.password_set), name="account_set_password"),
    path("mot-de-passe/oublie/", account.password_reset, name="account_reset_password"),
    path(
        "mot-de-passe/oublie/code/",
        account.confirm_password_reset_code,
        name="account_confirm_password_reset_code",
    ),
    path(
        "mot-de-passe/oublie/nouveau/",
        account.complete_password_reset,
        name="account_complete_password_reset",
    ),
    path(
        "mot-de-passe/oublie/fait/",
        account.password_reset_from_key_done,
        name="account_password_reset_completed",
    ),
    path("confirmer/mot-de-passe/", account.reauthenticate, name="account_reauthenticate"),
    path("confirmer/application/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("confirmer/cle/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("connexions/", usersessions.list_usersessions, name="usersessions_list"),
    path("protection/", mfa.index, name="mfa_index"),
    path("protection/application/", confirmed(totp.activate_totp), name="mfa_activate_totp"),
    path("protection/application/retirer/", confirmed(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("protection/cles/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("protection/cles/ajouter/", confirmed(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("protection/cles/<int:pk>/", confirmed(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path(
        "protection/cles/<int:pk>/retirer/", confirmed(webauthn.remove_webauthn), name="mfa_remove_webauthn"
    ),
    path("protection/secours/", confirmed(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "protection/secours/nouveaux/",
        confirmed(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "protection/secours/fichier/",
        confirmed(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
