"""The web application behind its front, for granian or any other ASGI server."""

import os

from django.core.wsgi import get_wsgi_application

from config.front.start import front

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = front(get_wsgi_application())
