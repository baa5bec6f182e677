"""The web application behind its front, for granian or any other ASGI server."""

import os

from django.core.wsgi import get_wsgi_application

from config.front.start import front

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from config import garbage, senders  # noqa: E402 they know the apps, which are there from here on

application = front(django, senders.key_of, senders.is_good)
garbage.settle()
