"""The WSGI door."""

import os

from endorsements.wellformed import wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "endorsements.settings")
application = wsgi_application()
