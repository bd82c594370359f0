"""allauth's forms in our words: real labels, no placeholders, digits on phones' keyboards."""

from allauth.account import forms as account
from allauth.account.internal import flows
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator
from django.utils import timezone

from vitre_civique.lib.forms import HoneypotField, MemorableDateField, NameField

from .minors import ADULT_AGE, MINIMUM_AGE, announce_guardian, years_between
from .passwords import is_too_short_for
from .sessions import SHARED

EMAIL_HELP = "Par exemple : prenom.nom@exemple.fr"
LENGTH_HELP = (
    "Au moins 12 signes (15 pour un compte de la mairie). Plusieurs mots à la suite, que vous seul "
    "connaissez, conviennent très bien."
)
ADULT, MINOR, TOO_YOUNG = "adult", "minor", "too_young"
AGES = [(ADULT, "J’ai 18 ans ou plus"), (MINOR, "J’ai 16 ou 17 ans"), (TOO_YOUNG, "J’ai moins de 16 ans")]


def word(field, label, help_text="", **attrs):
    """Give a field of allauth our label and help, and its control our attributes."""
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


def word_code(field, label="Code reçu par e-mail", help_text="Six chiffres, par exemple : 123 456."):
    word(field, label, help_text, inputmode="numeric", autocomplete="one-time-code", spellcheck="false")
    field.error_messages["required"] = "Recopiez le code : six chiffres, par exemple 123 456."


def word_email(field, label="Votre adresse e-mail", autocomplete="email"):
    word(field, label, EMAIL_HELP, inputmode="email", autocomplete=autocomplete, spellcheck="false")
    field.error_messages["required"] = f"Écrivez votre adresse e-mail. {EMAIL_HELP}."
    field.error_messages["invalid"] = f"Cette adresse e-mail n’est pas complète. {EMAIL_HELP}."
    # Django's validator speaks for itself, and is shared by every form: ours takes its place.
    field.validators = [v for v in field.validators if not isinstance(v, EmailValidator)]
    field.validators.append(EmailValidator(message=field.error_messages["invalid"]))
    field.validators.append(
        MaxLengthValidator(254, "Cette adresse e-mail est trop longue (254 caractères au plus).")
    )


def word_new_password(form):
    word(form.fields["password1"], "Nouveau mot de passe", LENGTH_HELP)
    word(form.fields["password2"], "Le même mot de passe, encore une fois")


class SharedComputerForm(forms.Form):
    """« Ordinateur partagé »: noted before sign-in, read when the session begins."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["shared"] = forms.BooleanField(
            label="Cet ordinateur est partagé (médiathèque, mairie, travail…)",
            help_text="Vous serez déconnecté après 15 minutes sans activité.",
            required=False,
        )

    def note_shared_computer(self, request):
        request.session[SHARED] = self.cleaned_data["shared"]


class SignInForm(SharedComputerForm, account.LoginForm):
    """The main way in: an address, then a code."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        word_email(self.fields["login"], autocomplete="username webauthn")

    def login(self, request, redirect_url=None):
        self.note_shared_computer(request)
        if self.user is not None:
            # Someone registered at the counter: the code they type proves the address once and for all.
            sync_user_email_address(self.user)
        return super().login(request, redirect_url=redirect_url)


class PasswordSignInForm(SharedComputerForm, account.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        word_email(self.fields["login"], autocomplete="username")
        word(self.fields["password"], "Votre mot de passe")
        self.order_fields(["login", "password", "shared"])

    def _setup_password_field(self):
        """Kept, although nobody is asked for a password when signing up."""

    def clean(self):
        cleaned = super().clean()
        if self.user is not None and is_too_short_for(self.user, cleaned.get("password", "")):
            raise ValidationError(
                "Ce mot de passe est trop court pour un compte de la mairie. Demandez un code par e-mail, "
                "puis choisissez un mot de passe d’au moins 15 signes dans « Mon compte »."
            )
        return cleaned

    def login(self, request, redirect_url=None):
        self.note_shared_computer(request)
        self._login.redirect_url = redirect_url
        return flows.login.perform_password_login(request, self.user_credentials(), self._login)


class SignUpForm(account.SignupForm):
    """Three questions, and three more at 16 or 17."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_email(self.fields["email"])
        self.fields["first_name"] = NameField(
            label="Votre prénom",
            autocomplete="given-name",
            error_messages={"required": "Écrivez votre prénom, par exemple : Anne-Laure."},
        )
        self.fields["last_name"] = NameField(
            label="Votre nom",
            autocomplete="family-name",
            error_messages={"required": "Écrivez votre nom, par exemple : Le Goff."},
        )
        self.fields["age"] = forms.ChoiceField(
            label="Votre âge",
            choices=AGES,
            widget=forms.RadioSelect,
            error_messages={"required": "Dites-nous si vous avez 18 ans, 16 ou 17 ans, ou moins."},
        )
        if self.asks_guardian:
            self.add_guardian_fields()
        self.fields["website"] = HoneypotField()

    @property
    def asks_guardian(self):
        return (self.data if self.is_bound else self.initial).get("age") == MINOR

    def add_guardian_fields(self):
        self.fields["birth_date"] = MemorableDateField(
            label="Votre date de naissance", autocomplete="bday", help_text="Par exemple : 27 3 2010."
        )
        self.fields["guardian_name"] = NameField(
            label="Prénom et nom d’un parent ou d’un représentant légal",
            autocomplete="off",
            max_length=120,
            error_messages={
                "required": "Écrivez le prénom et le nom d’un parent, par exemple : Yann Le Goff."
            },
        )
        self.fields["guardian_email"] = forms.EmailField(
            label="Son adresse e-mail",
            required=False,
            help_text="Nous lui demanderons son accord. Pas d’e-mail ? Laissez vide : un formulaire papier "
            "signé, remis à la mairie, convient aussi.",
            error_messages={"invalid": f"Cette adresse e-mail n’est pas complète. {EMAIL_HELP}."},
            widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        )

    def clean_birth_date(self):
        birth_date = self.cleaned_data["birth_date"]
        if birth_date >= timezone.localdate():
            raise ValidationError("Cette date est à venir : vérifiez l’année de votre naissance.")
        if years_between(birth_date, timezone.localdate()) >= ADULT_AGE:
            raise ValidationError("À cette date de naissance, vous avez 18 ans ou plus : changez de réponse.")
        return birth_date

    def clean_guardian_email(self):
        email = self.cleaned_data["guardian_email"].lower()
        if email and email == self.cleaned_data.get("email"):
            raise ValidationError("Donnez l’adresse de votre parent, pas la vôtre.")
        return email

    @property
    def is_too_young(self):
        """Valid forms only: under 16, said or calculated."""
        birth_date = self.cleaned_data.get("birth_date")
        is_young = birth_date and years_between(birth_date, timezone.localdate()) < MINIMUM_AGE
        return self.cleaned_data["age"] == TOO_YOUNG or bool(is_young)

    def custom_signup(self, request, user):
        """What allauth does not know of; runs in the transaction of the sign-up."""
        if self.cleaned_data["age"] == MINOR:
            user.birth_date = self.cleaned_data["birth_date"]
        else:
            user.declared_adult_on = timezone.localdate()
        user.save(update_fields=["birth_date", "declared_adult_on"])
        if user.birth_date:
            announce_guardian(
                user,
                guardian_name=self.cleaned_data["guardian_name"],
                guardian_email=self.cleaned_data["guardian_email"],
            )


class SignInCodeForm(account.ConfirmLoginCodeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_code(self.fields["code"])


class EmailCodeForm(account.ConfirmEmailVerificationCodeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_code(self.fields["code"])


class PasswordResetCodeForm(account.ConfirmPasswordResetCodeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_code(self.fields["code"])


class PasswordResetForm(account.ResetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_email(self.fields["email"], autocomplete="username")


class NewPasswordForm(account.ResetPasswordKeyForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_new_password(self)


class SetPasswordForm(account.SetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_new_password(self)


class ChangePasswordForm(account.ChangePasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word(self.fields["oldpassword"], "Votre mot de passe actuel")
        word_new_password(self)


class ReauthenticateForm(account.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word(self.fields["password"], "Votre mot de passe")


class ChangeEmailForm(account.AddEmailForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_email(self.fields["email"], label="Votre nouvelle adresse e-mail")


APP_CODE_HELP = "Les six chiffres affichés par votre application, ou un de vos codes de secours."


class SecondFactorForm(mfa.AuthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_code(self.fields["code"], "Code de votre application", APP_CODE_HELP)


class SecondFactorAgainForm(mfa.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_code(self.fields["code"], "Code de votre application", APP_CODE_HELP)


class ActivateAppForm(totp.ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word_code(self.fields["code"], "Code affiché par l’application")


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """Always a passkey: it signs in alone, and asks the finger, the face or the code of the device."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word(
            self.fields["name"],
            "Nom de cette clé",
            "Pour la reconnaître, par exemple : mon téléphone.",
            maxlength=60,
            autocomplete="off",
        )
        self.fields["passwordless"].widget = forms.HiddenInput()
        self.fields["passwordless"].initial = True


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        word(self.fields["name"], "Nom de cette clé", "Par exemple : mon téléphone.", maxlength=60)
