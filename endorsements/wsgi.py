"""The WSGI door."""

import os

from django.core.wsgi import get_wsgi_application

from endorsements.charset import Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "endorsements.settings")
application = get_wsgi_application()
application.request_class = Request
