"""The WSGI door."""

import os

from endorsements.charset import wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "endorsements.settings")
application = wsgi_application()
