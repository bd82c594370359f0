"""Public pages and one's own, through the client."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from missions.models import PrivatePlace, Signup
from tests.factories import create_mission, create_quartier, create_signup, create_slot, create_user, create_volunteer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def text(response):
    return response.content.decode()


def test_list_page(client):
    create_slot(starts_at=timezone.now() + DAY)
    response = client.get(reverse("missions:list"))
    assert response.status_code == 200
    assert "1\xa0mission trouvée." in text(response)
