"""What a load balancer or a container asks: is the process alive, and is it ready to serve?"""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from vitre_civique.notifications import health as mail

logger = logging.getLogger(__name__)

BROKER_SECONDS = 1
STARTED_AT = timezone.now()


@login_not_required
@require_safe
@never_cache
def alive(request):
    """Depends on nothing: a process that cannot answer this must be restarted."""
    return HttpResponse("vivant\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@never_cache
def ready(request):
    """200 when what the site and its mails need answers, else 503. Says which; why is in the log.

    Pages need base and courtier only (deploy/probe.py); the others are for whoever watches (SEC-34).
    """
    checks = {"base": database_answers(), "courtier": broker_answers()}
    checks |= mail_moves() if checks["base"] else {"horloge": False, "courriels": False}
    is_ready = all(checks.values())
    ages = mail_ages() if checks["base"] else {}
    return JsonResponse({"pret": is_ready, **checks, **ages}, status=200 if is_ready else 503)


def mail_moves() -> dict:
    """Does beat ring, do mails that may leave, leave? A site just started waits before it complains."""
    now = timezone.now()
    return {
        "horloge": mail.is_beating(now, since=STARTED_AT),
        "courriels": mail.is_delivering(now, since=STARTED_AT),
    }


def mail_ages() -> dict:
    """Seconds that the oldest mail waits, and since beat last rang (None: never yet)."""
    now = timezone.now()
    rang_at = mail.last_beat()
    return {
        "attente_secondes": int(mail.outbox_age(now).total_seconds()),
        "battement_secondes": int((now - rang_at).total_seconds()) if rang_at else None,
    }


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("Health: the database does not answer.")
        return False
    return True


def broker_answers() -> bool:
    client = Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=BROKER_SECONDS,
        socket_timeout=BROKER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except RedisError as error:
        logger.warning("Health: the broker does not answer (%s).", type(error).__name__)
        return False
    finally:
        client.close()
    return True
