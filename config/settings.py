"""Every setting of Belfry, from the environment. `docs/operating.md` explains each one."""

import secrets
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import environment, logs, postgres

django_stubs_ext.monkeypatch()  # lets forms and admins name their model as mypy wants it: ModelForm[User]

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(environment.text("BELFRY_VAR", str(BASE_DIR / "var"))).resolve()
PRODUCTION = environment.flag("BELFRY_PRODUCTION", default=False)
DEBUG = environment.flag("BELFRY_DEBUG", default=False)


def secret_key() -> str:
    """From the environment; outside production one is made on the spot and kept under `var/`."""
    given = environment.text("BELFRY_SECRET_KEY")
    if given:
        return given
    if PRODUCTION:
        raise ImproperlyConfigured("BELFRY_SECRET_KEY is not set. Give a random text of 50 characters or more.")
    kept = VAR / "secret_key"
    if not kept.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(50))
    return kept.read_text()


SECRET_KEY = secret_key()
# Encrypts connections' credentials at rest. A list: the first encrypts, all decrypt, so keys can be rotated.
SECRETS_KEYS = environment.listed("BELFRY_SECRETS_KEYS") or [SECRET_KEY]
ALLOWED_HOSTS = environment.listed("BELFRY_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.listed("BELFRY_ORIGINS")

DATABASE_URL = environment.text("DATABASE_URL") or postgres.start(
    VAR, environment.text("BELFRY_DATABASE_NAME", "belfry")
)
DATABASES = {"default": environment.database(DATABASE_URL)}
SEGMENTS_DATABASE_URL = environment.text("SEGMENTS_DATABASE_URL")
if SEGMENTS_DATABASE_URL:
    DATABASES["segments"] = environment.database(SEGMENTS_DATABASE_URL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "operations",
    "campaigns",
    "segments",
    "people",
    "connectors",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "django_q",
]

MIDDLEWARE = [
    "config.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.direct.DirectMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.UploadsOfUsersMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.ReaderZoneMiddleware",
    "accounts.middleware.OwnPasswordMiddleware",
    "accounts.middleware.OnlyByButtonMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.account",
            ],
            "builtins": ["accounts.templatetags.belfry"],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = environment.whole("BELFRY_LOGIN_ATTEMPTS", 5, least=1)
AXES_COOLOFF_TIME = environment.seconds("BELFRY_LOGIN_COOLOFF_HOURS", 0.25)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR / "uploads"
FILE_UPLOAD_TEMP_DIR = VAR / "arriving"  # what a killed process left there is removed by `manage.py web`
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
UPLOAD_BYTES = environment.whole("BELFRY_UPLOAD_BYTES", 10 * 1024**3, least=1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.whole("BELFRY_BODY_BYTES", 10 * 1024**2, least=1024)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION and environment.flag("BELFRY_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = environment.whole("BELFRY_HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health$"]
BEHIND_PROXY = environment.flag("BELFRY_BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_CLIENT_IP_CALLABLE = "accounts.logins.address_behind_proxy"

# What links in mails begin with: the address under which everybody reaches this installation.
PUBLIC_URL = environment.public_url("BELFRY_PUBLIC_URL", secure=PRODUCTION)

# Where mails of our own go out, such as that a connection does not answer; without it over an e-mail connection.
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL = environment.mail_server(
    environment.text("BELFRY_MAIL_SERVER")
)
DEFAULT_FROM_EMAIL = environment.text("BELFRY_MAIL_FROM", "belfry@localhost")
EMAIL_TIMEOUT = 15

# How mail providers that report bounces are known: user:password, and keys of their signatures as anymail names them.
ANYMAIL = dict(pair.partition("=")[::2] for pair in environment.listed("BELFRY_MAIL_EVENTS_KEYS"))
ANYMAIL["WEBHOOK_SECRET"] = environment.text("BELFRY_MAIL_EVENTS_SECRET")

# Where `manage.py web` and `serve` listen.
ADDRESS = environment.text("BELFRY_ADDRESS", "127.0.0.1")
PORT = environment.whole("PORT", 8000, least=1)
WEB_PROCESSES = environment.whole("BELFRY_WEB_PROCESSES", 2, least=1)
WEB_THREADS = environment.whole("BELFRY_WEB_THREADS", 4, least=1)

# How much the ingest API takes in at once: each of the web processes has its own count.
INGEST_THREADS = environment.whole("BELFRY_INGEST_THREADS", 12, least=1)
INGEST_WAITING = environment.whole("BELFRY_INGEST_WAITING", 64, least=1)
KEY_AT_ONCE = environment.whole("BELFRY_KEY_AT_ONCE", 15, least=1)
KEY_REQUESTS_PER_SECOND = environment.whole("BELFRY_KEY_REQUESTS_PER_SECOND", 500, least=1)
BYTES_IN_HAND = environment.whole("BELFRY_BYTES_IN_HAND", 64 * 1024**2, least=DATA_UPLOAD_MAX_MEMORY_SIZE)
BODY_SECONDS = environment.seconds("BELFRY_BODY_SECONDS", 60, least=0.1)
UPLOAD_PACE = environment.whole("BELFRY_UPLOAD_PACE", 64 * 1024, least=1)
TALLY_SECONDS = environment.seconds("BELFRY_TALLY_SECONDS", 1)
CATALOGUE_SECONDS = environment.seconds("BELFRY_CATALOGUE_SECONDS", 1)

# Sending. architecture: rows are the queue, django-q2 is the muscle.
WORKERS = environment.whole("BELFRY_WORKERS", 2, least=1)
TASK_SECONDS = environment.seconds("BELFRY_TASK_SECONDS", 20, least=0.05)
LEASE_SECONDS = environment.seconds("BELFRY_LEASE_SECONDS", 60, least=0.5)
REQUEST_SECONDS = environment.seconds("BELFRY_REQUEST_SECONDS", 15, least=0.1)
WATCHDOG_SECONDS = environment.seconds("BELFRY_WATCHDOG_SECONDS", 30, least=1)
CLOCK_SECONDS = environment.seconds("BELFRY_CLOCK_SECONDS", 0.2, least=0.01)
BATCH_SIZE = environment.whole("BELFRY_BATCH_SIZE", 1000, least=1)
PLAN_CHUNK = environment.whole("BELFRY_PLAN_CHUNK", 100_000, least=1)
MISSED_AFTER_SECONDS = environment.whole("BELFRY_MISSED_AFTER_SECONDS", 3600, least=1)
GIVE_UP_HOURS = environment.seconds("BELFRY_GIVE_UP_HOURS", 72, least=1)
EXPORTS = Path(environment.text("BELFRY_EXPORTS", str(VAR / "exports"))).resolve()
EXPORT_DAYS = environment.whole("BELFRY_EXPORT_DAYS", 90)
UPLOAD_DAYS = environment.whole("BELFRY_UPLOAD_DAYS", 30)
ALLOW_PRIVATE_ADDRESSES = environment.flag("BELFRY_ALLOW_PRIVATE_ADDRESSES", default=not PRODUCTION)
STATEMENT_TIMEOUT_SECONDS = environment.seconds("BELFRY_STATEMENT_TIMEOUT_SECONDS", 30, least=0.1)

Q_CLUSTER = {
    "name": "belfry",
    "orm": "default",
    "workers": WORKERS,
    "poll": 0.2,
    "timeout": 60,
    "retry": 600,  # the lock starts at fetch, not at start
    "queue_limit": WORKERS,
    "bulk": 1,
    "save_limit": -1,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "guard_cycle": 1,
    "label": "Queue",
}

LOGGING = logs.configuration(
    environment.choice("BELFRY_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")), plain=not PRODUCTION
)
