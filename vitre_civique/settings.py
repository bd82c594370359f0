"""All settings, read once from the environment. A missing or wrong variable stops the start with its name."""

import importlib.util
from datetime import timedelta
from pathlib import Path

from vitre_civique.lib.environment import StrictEnv

env = StrictEnv()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- What kind of installation is this --------------------------------------------------------------------

# Only for a developer's machine: shows tracebacks, relaxes cookies.
DEBUG = env.bool("DEBUG", default=False)
# The demonstration: mailbox page, demo accounts, plain HTTP on this machine. Never with real people.
DEMO = env.bool("DEMO", default=False)
# Where the demonstration's SMTP server keeps the mails that /demo/mails/ shows.
DEMO_MAILS = env.path("DEMO_MAILS", default=BASE_DIR / ".demo" / "mails")
SAMPLE_SECRET_KEY = "changez-moi-avec-make-secret"  # noqa: S105 (the sample of .env.example, refused below)
SECRET_KEY = env.str("SECRET_KEY", validate=None)
if SECRET_KEY == SAMPLE_SECRET_KEY or len(SECRET_KEY) < 50:
    raise SystemExit(
        "SECRET_KEY : donnez une clé secrète d’au moins 50 caractères qui n’est pas celle de l’exemple. "
        "Pour en fabriquer une : python -c 'import secrets; print(secrets.token_urlsafe(64))'"
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
# Public address of the site, without a final slash: links in mails are built from it.
SITE_URL = env.str("SITE_URL").rstrip("/")
# True behind HTTPS: secure cookies, HSTS. The demo on http://localhost says False.
HTTPS = env.bool("HTTPS", default=SITE_URL.startswith("https://"))
if DEMO and HTTPS:
    raise SystemExit(
        "DEMO : la démonstration montre à tous les codes et les mails, celui de l’administratrice aussi. "
        "Elle ne s’ouvre qu’en http sur cette machine : mettez DEMO=False, ou une SITE_URL locale."
    )
# Reverse proxies whose X-Forwarded-For we trust (1 behind compose's nginx, 0 when gunicorn faces people).
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# --- The town ---------------------------------------------------------------------------------------------

TOWN = {
    "name": "Vitré",
    "population": 18267,
    "hall": "Mairie de Vitré",
    "address": "5, place du Château, 35506 Vitré",
    "email": "info@mairie-vitre.fr",
    "phone": env.str("TOWN_PHONE", default="02 99 75 05 21"),
    "hours": env.str("TOWN_HOURS", default="du lundi au vendredi, 8 h 30 – 12 h et 13 h 30 – 17 h 30"),
}
# Date of the validated impact assessment; empty keeps person-related referrals off (requirement DP-01).
AIPD_VALIDEE_LE = env.date("AIPD_VALIDEE_LE", default=None)
# Reference of the visa by which the Archives allow what is due to be destroyed; empty: it is made anonymous,
# and the « bordereau d’élimination » of the desk says what waits (requirement DP-14).
ARCHIVES_VISA = env.str("ARCHIVES_VISA", default="")
# Whether the invitations of the month leave by themselves; otherwise an agent reads them and sends.
MATCHING_BY_ITSELF = env.bool("MATCHING_BY_ITSELF", default=False)
CHARTER_VERSION = "2026-1"
# Hosts of other tools whose Open311 an agent may read from the desk (« outil.exemple.fr »); none by default.
OPEN311_PULL_HOSTS = env.list("OPEN311_PULL_HOSTS", default=[])

# --- Applications -----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "vitre_civique.lib",
    "vitre_civique.accounts",
    "vitre_civique.notifications",
    "vitre_civique.problems",
    "quartiers",
    "volunteers",
    "missions",
    "vitre_civique.demo",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "import_export",
    "simple_history",
    "lucide",
    "vitre_civique.apps.TownAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
]
MIDDLEWARE = [
    "vitre_civique.lib.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "vitre_civique.accounts.middleware.SessionLimitMiddleware",
    "vitre_civique.accounts.middleware.KeptAnswersMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "vitre_civique.accounts.middleware.SecondFactorRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "vitre_civique.urls"
WSGI_APPLICATION = "vitre_civique.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vitre_civique.lib.context.town",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Data -------------------------------------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}
# For lib/prepared.py: a statement is planned once a connection, when it is asked for the third time.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 2)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        # Falls back to memory when Redis is away: the site keeps working (requirement SEC-12).
        "BACKEND": "vitre_civique.lib.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "vitre",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=BASE_DIR / "media")

# --- Language and time ------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
FORMAT_MODULE_PATH = ["vitre_civique.lib.formats"]
LANGUAGES = [("fr", "français")]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

# --- Static files -----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "staticfiles")
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", importlib.util.find_spec("bootstrap").submodule_search_locations[0]),
]
STATICFILES_FINDERS = [
    "vitre_civique.lib.static_files.ServedFilesFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "vitre_civique.lib.static_files.ServedFilesStorage"},
}

# --- People and sign-in -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

AUTH_PASSWORD_VALIDATORS = [  # length and the common list; no rule of composition (requirement ID-01)
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "vitre_civique.accounts.passwords.StaffLengthValidator"},
]

# Mails of accounts go through the outbox too.
ACCOUNT_ADAPTER = "vitre_civique.notifications.account_mail.OutboxAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_PREVENT_ENUMERATION = True  # the same answer for known and unknown addresses (requirement ID-08)
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Codes: six digits, ten minutes, three tries; letters would not fit the keyboard of a phone.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = False  # offered to real accounts only, it would tell them apart
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_TIMEOUT = 1200  # seconds for code and second factor together
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds a proof of identity counts as recent
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
# Three codes a minute, ten an hour, thirty a day for one address: guessing six digits stays hopeless.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,10/h/key,30/d/key",
    "problem": "5/m/ip,30/d/ip",  # « Signaler un problème » is open to everybody
}
ACCOUNT_FORMS = {
    "login": "vitre_civique.accounts.allauth_forms.SignInForm",
    "signup": "vitre_civique.accounts.allauth_forms.SignUpForm",
    "confirm_login_code": "vitre_civique.accounts.allauth_forms.SignInCodeForm",
    "confirm_email_verification_code": "vitre_civique.accounts.allauth_forms.EmailCodeForm",
    "confirm_password_reset_code": "vitre_civique.accounts.allauth_forms.PasswordResetCodeForm",
    "reset_password": "vitre_civique.accounts.allauth_forms.PasswordResetForm",
    "reset_password_from_key": "vitre_civique.accounts.allauth_forms.NewPasswordForm",
    "set_password": "vitre_civique.accounts.allauth_forms.SetPasswordForm",
    "change_password": "vitre_civique.accounts.allauth_forms.ChangePasswordForm",
    "reauthenticate": "vitre_civique.accounts.allauth_forms.ReauthenticateForm",
    "add_email": "vitre_civique.accounts.allauth_forms.ChangeEmailForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_ADAPTER = "vitre_civique.accounts.mfa_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # http://localhost, for the demo and the tests
MFA_TOTP_ISSUER = "Vitré civique"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds: clocks of phones drift
MFA_FORMS = {
    "authenticate": "vitre_civique.accounts.allauth_forms.SecondFactorForm",
    "reauthenticate": "vitre_civique.accounts.allauth_forms.SecondFactorAgainForm",
    "activate_totp": "vitre_civique.accounts.allauth_forms.ActivateAppForm",
    "add_webauthn": "vitre_civique.accounts.allauth_forms.AddPasskeyForm",
    "edit_webauthn": "vitre_civique.accounts.allauth_forms.RenamePasskeyForm",
}

# --- Cookies, HTTPS ---------------------------------------------------------------------------------------

SESSION_COOKIE_AGE = int(timedelta(hours=2).total_seconds())  # idle limit; staff have less
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^sante/"]  # asked over plain HTTP from inside the containers
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# --- Mail -------------------------------------------------------------------------------------------------

# smtp://user:password@host:port, ?tls=True for STARTTLS, ?ssl=True for SMTPS.
_mail = env.dj_email_url("EMAIL_URL")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Vitré civique <ne-pas-repondre@exemple.fr>")
# How to ask the relay whether it took a mail that a crash left uncertain:
# « maildir:/dossier », « postfix:/journal ».
MAIL_PROBE = env.str("MAIL_PROBE", default=f"maildir:{DEMO_MAILS}" if DEMO else "")
# Where mails that come back to DEFAULT_FROM_EMAIL arrive: a maildir or an mbox; empty: nobody reads them.
BOUNCE_MAILBOX = env.str("BOUNCE_MAILBOX", default="")
# Mails wait at night, on Sundays and on bank holidays; only the demonstration sends at any hour.
MAIL_QUIET_HOURS = env.bool("MAIL_QUIET_HOURS", default=not DEMO)
REPLY_TO_EMAIL = env.str("REPLY_TO_EMAIL", default=TOWN["email"])

# --- Background work --------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the worker waits for Redis as long as it takes
# A page never waits for Redis: one short try, then the next sweep does the work (requirement SEC-12).
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_keepalive": True, "max_retries": 0}
# An interrupted task is given to another worker: every task is safe to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# When each task is woken. They ask the database what is due: no argument, and late or twice does no harm.
_every = {
    "vitre_civique.notifications.tasks.beat": timedelta(seconds=30),
    "vitre_civique.notifications.tasks.deliver": timedelta(seconds=30),
    "vitre_civique.notifications.tasks.sweep_leases": timedelta(minutes=1),
    "vitre_civique.notifications.tasks.read_bounces": timedelta(minutes=10),
    "vitre_civique.notifications.tasks.purge": timedelta(hours=6),
    "vitre_civique.accounts.tasks.drop_unverified": timedelta(hours=6),
    "vitre_civique.accounts.tasks.prepare_files": timedelta(seconds=20),
    "vitre_civique.accounts.tasks.forget_files": timedelta(hours=1),
    "missions.tasks.queue_monthly_reminders": timedelta(minutes=10),
    "missions.tasks.queue_alerts": timedelta(minutes=2),
    "missions.tasks.queue_slot_reminders": timedelta(minutes=10),
    "missions.tasks.queue_how_did_it_go": timedelta(minutes=10),
    "missions.tasks.lapse_expired": timedelta(minutes=2),
    "missions.tasks.settle_silent": timedelta(minutes=30),
    "missions.tasks.finish_past": timedelta(minutes=10),
    "quartiers.tasks.resume_overdue": timedelta(hours=1),
    "quartiers.tasks.route_new": timedelta(minutes=2),
    "quartiers.tasks.queue_alerts": timedelta(hours=1),
    "quartiers.tasks.queue_digests": timedelta(hours=1),
    "quartiers.tasks.queue_renewal_reminders": timedelta(hours=6),
    "missions.tasks.sweep_introductions": timedelta(minutes=10),
    "missions.tasks.lift_suspensions": timedelta(hours=1),
    "missions.tasks.forget_drafts": timedelta(hours=6),
    "missions.tasks.sweep_help_offers": timedelta(minutes=10),
    "missions.tasks.warn_sleeping_accounts": timedelta(hours=12),
    "missions.tasks.retain": timedelta(hours=6),
    "missions.tasks.go_on_inviting": timedelta(minutes=10),
    "missions.tasks.go_on_asking_substitutes": timedelta(minutes=5),
    "missions.tasks.propose_the_month": timedelta(hours=1),
    "quartiers.tasks.purge_referrals": timedelta(hours=6),
    "quartiers.tasks.forget_abandoned_imports": timedelta(hours=6),
}
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": often, "options": {"expires": often.total_seconds()}}
    for task, often in _every.items()
}
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_SCHEDULE_FILE", default=str(BASE_DIR / "celerybeat-schedule"))

# --- Libraries --------------------------------------------------------------------------------------------

IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
SIMPLE_HISTORY_ENABLED = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.server": {"level": "WARNING"}},
}
