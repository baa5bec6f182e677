"""Settings of the test suite: the product's own, a plain static storage, cheap password hashes."""

import os

from config.settings import *  # noqa: F403 everything of the product
from config.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES

DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_DATABASE_NAME", "test_belfry")}
DATABASES["default"]["CONN_MAX_AGE"] = 0
INSTALLED_APPS.append("tests")  # for its way to empty the database
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")  # live_server serves static files itself
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
ALLOW_PRIVATE_ADDRESSES = True
TALLY_SECONDS = 0.0  # counted at once, in the test's own transaction
CATALOGUE_SECONDS = 0.0  # a test's names are gone with it
