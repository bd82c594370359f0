"""People who may sign in or be written to: User, and a guardian's agreement for a minor."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from vitre_civique.lib.search import folded


class Channel(models.TextChoices):
    EMAIL = "email", "par e-mail"
    PHONE = "phone", "par téléphone"
    POST = "post", "par courrier"


class Origin(models.TextChoices):
    ONLINE = "online", "en ligne"
    PHONE = "phone", "au téléphone"
    COUNTER = "counter", "à l’accueil"
    PAPER = "paper", "sur papier"


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, email=None, password=None, **fields):
        """A person; `email` may be None (no e-mail at all), never an empty string."""
        user = self.model(email=(email or "").strip().lower() or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person known to the town. Signs in by e-mail; may have none and then is reached by phone or post."""

    email = models.EmailField("adresse e-mail", null=True, blank=True, unique=True)  # noqa: DJ001 (unique and optional)
    phone = models.CharField("téléphone", max_length=16, blank=True, help_text="Au format +33612345678.")
    first_name = models.CharField("prénom", max_length=80, blank=True)
    last_name = models.CharField("nom", max_length=80, blank=True)
    postal_address = models.TextField("adresse postale", max_length=300, blank=True)
    preferred_channel = models.CharField("joindre", max_length=10, choices=Channel, default=Channel.EMAIL)
    origin = models.CharField("inscription", max_length=10, choices=Origin, default=Origin.ONLINE)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="inscrit par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    birth_date = models.DateField("date de naissance", null=True, blank=True, help_text="Mineurs seulement.")
    declared_adult_on = models.DateField("se déclare majeur le", null=True, blank=True)
    # Somebody without e-mail was read the notice on personal data by an agent (`created_by`), and agreed.
    notice_read_at = models.DateTimeField("notice d’information lue le", null=True, blank=True)
    email_suspended_at = models.DateTimeField("e-mail suspendu le", null=True, blank=True)
    is_active = models.BooleanField("actif", default=True)
    is_staff = models.BooleanField("accède au bureau de la mairie", default=False)
    date_joined = models.DateTimeField("inscrit le", default=timezone.now)
    erased_at = models.DateTimeField("effacé le", null=True, blank=True)
    search_text = models.GeneratedField(
        expression=folded("first_name", "last_name"), output_field=models.TextField(), db_persist=True
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = "personne"
        verbose_name_plural = "personnes"
        ordering = ["last_name", "first_name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message="Cette adresse e-mail a déjà un compte.",
            ),
            models.CheckConstraint(
                condition=~models.Q(email=""),
                name="user_email_null_not_empty",
                violation_error_message="Laissez l’adresse vide plutôt que de la remplir d’espaces.",
            ),
            models.CheckConstraint(
                condition=models.Q(phone="") | models.Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="user_phone_e164",
                violation_error_message="Donnez le numéro sous la forme 02 99 00 00 00.",
            ),
        ]

    def __str__(self):
        return self.get_full_name() or "Personne sans nom"

    def get_full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self):
        return self.first_name or "vous"

    def clean(self):
        super().clean()
        self.email = (self.email or "").strip().lower() or None

    @property
    def has_usable_email(self):
        return bool(self.email) and self.email_suspended_at is None

    def age_on(self, day):
        """Whole years at `day`, or None for an adult (only minors leave a birth date)."""
        if self.birth_date is None:
            return None
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (not had_birthday)

    def is_minor_on(self, day):
        age = self.age_on(day)
        return age is not None and age < 18


class GuardianConsent(models.Model):
    """The written agreement of a legal representative for someone of 16 or 17: mailed code or paper."""

    class Method(models.TextChoices):
        EMAIL = "email", "code reçu par e-mail"
        PAPER = "paper", "formulaire vu par un agent"

    minor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="mineur",
        on_delete=models.CASCADE,
        related_name="guardian_consents",
    )
    guardian_name = models.CharField("représentant légal", max_length=120)
    guardian_email = models.EmailField("e-mail du représentant", blank=True)
    method = models.CharField("moyen", max_length=10, choices=Method)
    code_hash = models.CharField(max_length=128, blank=True, editable=False)
    code_sent_at = models.DateTimeField("code envoyé le", null=True, blank=True)
    failed_attempts = models.PositiveSmallIntegerField("essais manqués", default=0)
    given_at = models.DateTimeField("donné le", null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="enregistré par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    revoked_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "accord d’un représentant légal"
        verbose_name_plural = "accords des représentants légaux"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(method="paper") | models.Q(recorded_by__isnull=False),
                name="consent_paper_seen_by_agent",
                violation_error_message="Un accord sur papier porte le nom de l’agent qui l’a vu.",
            ),
        ]

    def __str__(self):
        return f"accord de {self.guardian_name}"

    @property
    def is_in_force(self):
        return self.given_at is not None and self.revoked_at is None


class ExportLog(models.Model):
    """One file of names that left the desk: who took it, of what, why. Append-only (SEC-26)."""

    class What(models.TextChoices):
        VOLUNTEERS = "volunteers", "liste des volontaires"
        INSURER = "insurer", "collaborateurs occasionnels d’une mission"

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="par",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField("le")
    what = models.CharField("contenu", max_length=20, choices=What)
    subject = models.CharField("objet", max_length=40, blank=True)
    file_format = models.CharField("format", max_length=10)
    row_count = models.PositiveIntegerField("lignes")
    reason = models.CharField("motif", max_length=300)

    class Meta:
        verbose_name = "export nominatif"
        verbose_name_plural = "exports nominatifs"
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="export_has_a_reason",
                violation_error_message="Dites pourquoi vous avez besoin de cette liste.",
            ),
        ]

    def __str__(self):
        return f"{self.get_what_display()} ({self.row_count})"


class FileState(models.TextChoices):
    QUEUED = "queued", "En attente"
    WORKING = "working", "En préparation"
    READY = "ready", "Prêt"
    FAILED = "failed", "Échec"


class PreparedFile(models.Model):
    """A long list that a worker writes, the page closed (UX-12): for who asked, for a day (SEC-26)."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="demandé par", on_delete=models.CASCADE, related_name="+"
    )
    source = models.CharField("contenu", max_length=40)
    # The rows chosen when it was asked for; emptied once written.
    pks = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    name = models.CharField("nom du fichier", max_length=80)
    file_format = models.CharField("format", max_length=10)
    state = models.CharField("état", max_length=10, choices=FileState, default=FileState.QUEUED)
    row_count = models.PositiveIntegerField("lignes")
    done_count = models.PositiveIntegerField("lignes écrites", default=0)
    content = models.FileField(upload_to="fichiers/", blank=True, editable=False)
    asked_at = models.DateTimeField("demandé le")
    seen_working_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField("disponible jusqu’au")

    class Meta:
        verbose_name = "fichier préparé"
        verbose_name_plural = "fichiers préparés"
        ordering = ["-id"]

    def __str__(self):
        return f"{self.name}.{self.file_format}"


class RoleChange(models.Model):
    """Who gave or took back which role, and when. Append-only."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="personne",
        on_delete=models.CASCADE,
        related_name="role_changes",
    )
    role = models.CharField("rôle", max_length=20)
    is_granted = models.BooleanField("donné")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "changement de rôle"
        verbose_name_plural = "changements de rôle"
        ordering = ["at", "id"]

    def __str__(self):
        return f"{self.role} {'donné' if self.is_granted else 'repris'}"


class ErasedPerson(models.Model):
    """One line per erased account, nameless: replayed after a backup is restored (DP-12). Append-only."""

    class Asked(models.TextChoices):
        PERSON = "person", "par la personne"
        MAIRIE = "mairie", "par la mairie"
        RETENTION = "retention", "fin de la durée de conservation"

    # Not a foreign key: the row it speaks of may be gone, or back from a backup.
    old_user_id = models.BigIntegerField("ancien numéro", unique=True)
    erased_at = models.DateTimeField("effacée le")
    asked = models.CharField("demandé", max_length=10, choices=Asked)

    class Meta:
        verbose_name = "personne effacée"
        verbose_name_plural = "registre des effacements"
        ordering = ["-erased_at", "-id"]

    def __str__(self):
        return f"personne {self.old_user_id}"


class MergedPerson(models.Model):
    """Two rows were one person: which was kept, who said so, when. Append-only; no name is copied."""

    kept = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="fiche gardée", on_delete=models.CASCADE, related_name="+"
    )
    # Not a foreign key: that row is gone.
    old_user_id = models.BigIntegerField("ancienne fiche")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="par",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField("le")
    row_count = models.PositiveIntegerField("lignes déplacées")

    class Meta:
        verbose_name = "fiches réunies"
        verbose_name_plural = "fiches réunies"
        ordering = ["-at", "-id"]

    def __str__(self):
        return f"fiche {self.old_user_id}"
