"""The smallest Django site that takes a vote: startproject's middleware, one UPDATE, one INSERT, by the ORM.

Run under gunicorn as bench.floors.site:application; its tables stand in FLOOR_URL's database.
"""

import os
import uuid
from urllib.parse import urlparse

import django
import psycopg
from django.conf import settings

AT = urlparse(os.environ["FLOOR_URL"])
TABLES = """
DROP TABLE IF EXISTS place, paper;
CREATE TABLE place (id bigint PRIMARY KEY, person_id bigint NOT NULL, race_id int NOT NULL, voted boolean NOT NULL);
CREATE TABLE paper (id uuid PRIMARY KEY, race_id int NOT NULL, choice smallint NOT NULL);
"""

settings.configure(
    SECRET_KEY="floor" * 10,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": AT.path[1:],
            "HOST": AT.hostname,
            "PORT": AT.port,
            "USER": AT.username,
            "CONN_MAX_AGE": None,
        }
    },
    USE_TZ=True,
)
django.setup()

# Models and the rest can be named only once Django is set up.
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


class Place(models.Model):
    """Somebody's place on the roll of one race."""

    id = models.BigIntegerField(primary_key=True)
    voted = models.BooleanField()
    race_id = models.IntegerField()

    class Meta:
        app_label, db_table, managed = "floor", "place", False

    def __str__(self):
        return str(self.pk)


class Paper(models.Model):
    """A vote, in the clear."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    race_id = models.IntegerField()
    choice = models.SmallIntegerField()

    class Meta:
        app_label, db_table, managed = "floor", "paper", False

    def __str__(self):
        return str(self.pk)


def vote(request, number):
    """Take one vote of one place, once."""
    choice = int(request.POST["choice"])
    with transaction.atomic():
        if not Place.objects.filter(pk=number, voted=False).update(voted=True):
            return HttpResponse("already\n", status=409)
        Paper.objects.create(race_id=1 + number % 20, choice=choice)
    return HttpResponse("counted\n", content_type="text/plain")


urlpatterns = [path("v/<int:number>", vote)]
application = get_wsgi_application()


def prepare(size):
    """So many places, none of which has voted."""
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection:
        connection.execute(TABLES)
        cursor = connection.cursor()
        cursor.execute("INSERT INTO place SELECT n, n, n %% 20, false FROM generate_series(1, %s) AS n", [size])
        connection.execute("VACUUM ANALYZE place")
        connection.execute("CHECKPOINT")
    return {}
