"""Django's settings. Every value from outside comes through ``config.env``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import reports.zones  # noqa: F401 - before any zone is read: one book of them
from optilearn.config import env

DEVELOPMENT_SECRET: Final = "development-only-" + "secret"

DEBUG = env.flag("DEBUG", default=True)
ROOT = Path(__file__).resolve().parents[3]
"""The repository, where the product runs from a checkout."""
_PACKAGED_DOCS = Path(__file__).resolve().parents[1] / "handbook"
DOCS_DIR = _PACKAGED_DOCS if _PACKAGED_DOCS.is_dir() else ROOT / "docs"
"""The documents that the app shows: in the installed package, or of the repository."""
HOME = Path(env.text("OPTILEARN_HOME", ".optilearn")).resolve()

SECRET_KEY = env.secret("SECRET_KEY", DEVELOPMENT_SECRET if DEBUG else None)
AUTH_SECRETS = env.items("AUTH_SECRETS", DEVELOPMENT_SECRET if DEBUG else "")
"""OptiCRM's session secrets, newest first: the first signs (in development), all verify."""
SECRET_KEY_FALLBACKS = list(env.items("SECRET_KEY_FALLBACKS"))
_secrets = {SECRET_KEY, *AUTH_SECRETS, *SECRET_KEY_FALLBACKS}
if not DEBUG and (not AUTH_SECRETS or DEVELOPMENT_SECRET in _secrets):
    raise env.SettingError("Set SECRET_KEY and AUTH_SECRETS to your own: DEBUG is off.")
if not DEBUG and any(len(secret) < 32 or len(set(secret)) < 8 for secret in _secrets):
    # SECRET_KEY signs what lets people act as others; whoever guesses AUTH_SECRETS is anybody.
    raise env.SettingError(
        "SECRET_KEY, AUTH_SECRETS and SECRET_KEY_FALLBACKS: each has at least 32 characters of 8"
        " kinds (e.g. from `openssl rand -base64 33`)."
    )

AUTH_COOKIE = "authjs.session-token" if DEBUG else "__Secure-authjs.session-token"
AUTH_COOKIE_DOMAIN = env.text("AUTH_COOKIE_DOMAIN", "" if DEBUG else ".opticrm.app")
"""The parent domain that OptiCRM sets the session cookie on; signing out has to name it."""
SIGN_IN_URL = env.text("SIGN_IN_URL", "https://opticrm.app/api/auth/signin")
"""The page at which OptiCRM signs people in; it gets the page to come back to as callbackUrl."""
ALLOWED_HOSTS = list(env.items("ALLOWED_HOSTS", "*" if DEBUG else ""))
ALLOWED_ORIGINS = env.items("ALLOWED_ORIGINS", "")
"""Origins besides our own from which unsafe requests with a session cookie are taken."""

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "optilearn.core",
    "optilearn.institutions",
    "optilearn.people",
    "optilearn.crm",
    "optilearn.files",
    "optilearn.courses",
    "optilearn.enrollment",
    "optilearn.assessment",
    "optilearn.activity",
    "optilearn.live",
    "optilearn.compliance",
    "optilearn.calendars",
    "optilearn.community",
    "optilearn.recognition",
    "optilearn.notifications",
    "optilearn.privacy",
    "optilearn.analytics",
    "optilearn.demo",
    "optilearn.web",
    "optilearn.config",
    "corsheaders",
    "ninja",
]

MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "optilearn.core.http.middleware.ApiFrameMiddleware",
    "optilearn.web.middleware.PageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "optilearn.core.http.middleware.OriginMiddleware",
    "optilearn.core.http.middleware.TenantMiddleware",
    "optilearn.core.http.limits.RateLimitMiddleware",
]

RATE_LIMIT = env.integer("RATE_LIMIT", 600)
"""Requests of one person in a minute; 0 counts nothing."""
RATE_LIMIT_ANONYMOUS = env.integer("RATE_LIMIT_ANONYMOUS", 120)
"""Requests of one address without a session in a minute."""
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)
"""The number of our own proxies that add to X-Forwarded-For."""
CORS_ALLOWED_ORIGINS = list(env.items("CORS_ORIGINS", "capacitor://localhost,https://localhost"))
"""Origins of the apps' web views. They call /api/v1/ with a bearer token, never with a cookie."""
CORS_URLS_REGEX = r"^/api/v1/.*$"
CORS_ALLOW_HEADERS = ("authorization", "content-type", "if-match", "if-none-match",
                      "accept-language", "x-experience-api-version")  # fmt: skip
CORS_EXPOSE_HEADERS = ("ETag", "Retry-After", "X-Request-Id", "X-Experience-API-Version",
                       "X-Experience-API-Consistent-Through")  # fmt: skip

# Serving (optilearn.serving); each number is of one web process.
WEB_THREADS = env.integer("WEB_THREADS", 2, minimum=1)
"""Threads for plain requests, each with a database connection of its own."""
REPORT_THREADS = env.integer("REPORT_THREADS", 6, minimum=1)
"""Threads for requests that ask the report engine; one institution takes at most two less."""
REPORT_WAIT_SECONDS = env.integer("REPORT_WAIT_SECONDS", 30, minimum=1)
"""Seconds that a report may wait for a thread: as long as it may take altogether."""
CONNECTIONS = env.integer("CONNECTIONS", 4096, minimum=1)
CONNECTIONS_OF_ADDRESS = env.integer("CONNECTIONS_OF_ADDRESS", 512, minimum=1)
"""Of one address, where no proxy of ours stands before us."""

ROOT_URLCONF = "optilearn.config.urls"
WSGI_APPLICATION = "optilearn.config.wsgi.application"

_ENGINE: Final = "optilearn.core.tenancy.backend"
_APP_URL = env.secret("DATABASE_URL", "postgresql://optilearn_app@127.0.0.1/optilearn")
_OWNER_URL = env.secret("DATABASE_OWNER_URL", _APP_URL)
DATABASES = {
    "default": env.database(_APP_URL, engine=_ENGINE)
    | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "DISABLE_SERVER_SIDE_CURSORS": True},
    # The role that owns the tables: `optilearn migrate` and nothing else.
    "owner": env.database(_OWNER_URL, engine=_ENGINE),
}
REDIS_URL = env.secret("REDIS_URL", "redis://127.0.0.1:6379/0")
VALKEY_TIMEOUT_SECONDS = env.integer("VALKEY_TIMEOUT_MS", 250, minimum=1) / 1_000
"""For cached answers, which callers can do without; queues wait as long as they must."""
REPORT_CACHE_SECONDS = env.integer("REPORT_CACHE_SECONDS", 24 * 60 * 60)
"""Seconds for which an answer is cached; 0 disables the cache."""
if env.has("REPORT_CACHE_MOST_BYTES"):
    raise env.SettingError("REPORT_CACHE_MOST_BYTES is named REPORT_CACHE_MAX_BYTES now.")
REPORT_CACHE_MAX_BYTES = env.integer("REPORT_CACHE_MAX_BYTES", 2 * 1024**2)
"""Larger answers aren't kept."""
EXPORT_KEEP_DAYS = env.integer("EXPORT_KEEP_DAYS", 14, minimum=1)
"""Days for which the file of an export is there."""
ALERT_KEEP_DAYS = env.integer("ALERT_KEEP_DAYS", 400, minimum=1)
"""Days for which the history of alerts is there."""
EXPORT_SECONDS = env.integer("EXPORT_SECONDS", 900, minimum=1)
"""Seconds that one export may take."""
EXPORT_LEASE_SECONDS = env.integer("EXPORT_LEASE_SECONDS", 30, minimum=5)
"""Seconds after which the export of a killed worker goes to another; renewed each second."""
OULAD_DIR = Path(env.text("OULAD_DIR", str(ROOT / "data" / "oulad_sample")))
"""The dataset of the demonstration; the repository ships two modules of it."""
SNAPSHOT_URL = env.text("SNAPSHOT_URL", f"file://{HOME / 'snapshots'}")
SNAPSHOT_CACHE = Path(env.text("SNAPSHOT_CACHE", str(HOME / "snapshot-cache")))

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("hi", "हिन्दी")]
LANGUAGE_COOKIE_NAME = "optilearn_language"
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]

APPEND_SLASH = False
STATIC_URL = "static/"
STATIC_ROOT = env.text("STATIC_ROOT", "" if DEBUG else str(HOME / "static")) or None
WHITENOISE_USE_FINDERS = DEBUG
"""In development files are served from the packages; in production from STATIC_ROOT."""
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "optilearn.web.static_files.PackageFinder",
]
STORAGES = {
    "staticfiles": {
        "BACKEND": "optilearn.web.static_files.HashedFiles"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
}
"""Hashed and compressed copies where there is a place for them; in development the files."""
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
"""The next page confirms a change by a signed cookie: there are no sessions of ours."""

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if not DEBUG else None
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # unsafe methods need an Origin of our own (core.http.auth), not a form token
    "security.W008",  # TLS ends at the proxy, which redirects
    "security.W005",  # a subdomain belongs to an institution; whether it has TLS is not ours to say
    "security.W021",  # likewise for browsers' preload lists
    "security.W002",  # frame-ancestors of the Content-Security-Policy says it for every page
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "optilearn.core.http.logs.JsonFormatter"},
    },
    "filters": {"without_paths": {"()": "optilearn.core.http.logs.WithoutPaths"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": env.text("LOG_FORMAT", "plain" if DEBUG else "json"),
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "optilearn": {"level": env.text("LOG_LEVEL", "INFO")},
        "django.request": {"filters": ["without_paths"]},
        "uvicorn.error": {"level": "INFO"},  # also what it starts, stops and starts again
    },
}

# OptiCRM (crm): without a key nothing is asked of it, and what needs it goes on without.
OPTICRM_API_KEY = env.secret("OPTICRM_API_KEY", "")
OPTICRM_URL = env.text(
    "OPTICRM_URL",
    "{protocol}://{{slug}}.{domain}".format(
        protocol=env.text("OPTICRM_PROTOCOL", "https"),
        domain=env.text("OPTICRM_BASE_DOMAIN", "opticrm.app"),
    ),
)
"""``{slug}`` stands for the institution; without it only the header says whose it is."""
OPTICRM_CONNECT_SECONDS = env.integer("OPTICRM_CONNECT_MS", 1_000, minimum=1) / 1_000
OPTICRM_READ_SECONDS = env.integer("OPTICRM_READ_MS", 3_000, minimum=1) / 1_000
OPTICRM_TOTAL_SECONDS = env.integer("OPTICRM_TOTAL_MS", 5_000, minimum=1) / 1_000
"""For a whole call, its repetitions included."""
OPTICRM_BREAKER_FAILURES = env.integer("OPTICRM_BREAKER_FAILURES", 5, minimum=1)
"""Calls that fail in a row before OptiCRM is left alone."""
OPTICRM_BREAKER_SECONDS = env.integer("OPTICRM_BREAKER_SECONDS", 30, minimum=1)

# Files that people upload
FILES_URL = env.text("FILES_URL", (HOME / "files").as_uri())
"""file:///a/folder or s3://bucket?endpoint=https://…&region=…"""
FILES_ACCESS_KEY_ID = env.secret("FILES_ACCESS_KEY_ID", "")
FILES_SECRET_ACCESS_KEY = env.secret("FILES_SECRET_ACCESS_KEY", "")
"""For S3; without them boto3 looks for credentials in its usual places."""
FILES_ORIGIN = env.text("FILES_ORIGIN", "")
"""The origin that serves a folder's files, e.g. https://files.example.net: best a registrable
domain of its own, which no session cookie is sent to. Empty: the origin that called the API."""
QUOTA_SCHOOL_MB = env.integer("QUOTA_SCHOOL_MB", 1024**2)
"""The limit of an institution's files together (1 TiB); its administrators can set less."""
QUOTA_STAFF_MB = env.integer("QUOTA_STAFF_MB", 100 * 1024)
QUOTA_LEARNER_MB = env.integer("QUOTA_LEARNER_MB", 10 * 1024)
"""The limits of one person's files, unless the institution's administrators set others."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
"""Of a request's body that is read whole: captions of 2 MB whose letters are escaped in JSON."""

# Reports that are sent, and their history
DELIVERY_KEEP_DAYS = env.integer("DELIVERY_KEEP_DAYS", 30, minimum=1)
"""Days for which the files of a scheduled report can be opened."""
DELIVERY_HISTORY_DAYS = env.integer("DELIVERY_HISTORY_DAYS", 400, minimum=1)
"""Days for which it is known who was sent what."""

# Live classes: all three, or none (then nobody can enter a room).
JITSI_URL = env.text("JITSI_URL", "").rstrip("/")
"""The video server's base URL, which rooms stand below."""
JITSI_APP_ID = env.text("JITSI_APP_ID", "")
JITSI_APP_SECRET = env.secret("JITSI_APP_SECRET", "")
if any((JITSI_URL, JITSI_APP_ID, JITSI_APP_SECRET)):
    if not all((JITSI_URL, JITSI_APP_ID, JITSI_APP_SECRET)):
        raise env.SettingError("Set JITSI_URL, JITSI_APP_ID and JITSI_APP_SECRET, or none of them.")
    if not JITSI_URL.startswith(("https://", "http://") if DEBUG else "https://"):
        raise env.SettingError("JITSI_URL must begin with https://")
    if len(JITSI_APP_SECRET.encode()) < 32:
        raise env.SettingError("JITSI_APP_SECRET must have at least 32 bytes.")
# Recordings of live classes: all of them, with a video server, or none.
JIBRI_URLS = tuple(url.rstrip("/") for url in env.items("JIBRI_URLS"))
"""The base URLs of the Jibris' HTTP APIs, in the order in which they are asked. Jibri asks nobody
who they are: these must be reachable from a private network alone."""
JIBRI_DOMAIN = env.text("JIBRI_DOMAIN", "")
"""The XMPP domain that recorders sign in to, unseen by others in the room."""
JIBRI_USERNAME = env.text("JIBRI_USERNAME", "")
JIBRI_PASSWORD = env.secret("JIBRI_PASSWORD", "")
RECORDING_WEBHOOK_SECRETS = env.items("RECORDING_WEBHOOK_SECRETS", "")
"""``whsec_…``, newest first: any of them verifies what the Jibris' finalize script sends."""
_recorders = (JIBRI_URLS, JIBRI_DOMAIN, JIBRI_USERNAME, JIBRI_PASSWORD, RECORDING_WEBHOOK_SECRETS)
if any(_recorders):
    if not all((*_recorders, JITSI_URL)):
        raise env.SettingError(
            "Set JIBRI_URLS, JIBRI_DOMAIN, JIBRI_USERNAME, JIBRI_PASSWORD and"
            " RECORDING_WEBHOOK_SECRETS, with JITSI_URL, or none of them."
        )
    if len(set(JIBRI_URLS)) < len(JIBRI_URLS) or not all(map(env.is_http, JIBRI_URLS)):
        raise env.SettingError("JIBRI_URLS holds http:// or https:// URLs, each once.")
JIBRI_CONNECT_SECONDS = env.integer("JIBRI_CONNECT_MS", 1_000, minimum=1) / 1_000
JIBRI_READ_SECONDS = env.integer("JIBRI_READ_MS", 5_000, minimum=1) / 1_000
"""For a whole answer of a Jibri."""
RECORDING_TIMEOUT_MINUTES = env.integer("RECORDING_TIMEOUT_MINUTES", 360, minimum=1)
"""Minutes after its end within which a recording's file must be there."""
RECORDING_KEEP_DAYS = env.integer("RECORDING_KEEP_DAYS", 400, minimum=1)
"""Days for which a recording, which shows people, can be watched."""

# Open Badges: private keys in PEM (docs/certificates.md); without any there are no credentials.
OPEN_BADGES_KEYS = env.secret("OPEN_BADGES_KEYS", "")

# Notifications
APP_URL = env.text("APP_URL", "http://127.0.0.1:8000" if DEBUG else "https://learn.opticrm.app")
"""The base URL of links in messages."""
RESEND_API_KEY = env.secret("RESEND_API_KEY", "")
"""Without it e-mail goes by SMTP; without either it waits."""
RESEND_URL = env.text("RESEND_URL", "https://api.resend.com")
RESEND_PER_SECOND = env.integer("RESEND_PER_SECOND", 10, minimum=1)
RESEND_WEBHOOK_SECRETS = env.items("RESEND_WEBHOOK_SECRETS", "")
"""``whsec_…``, newest first: any of them verifies."""
SMTP_URL = env.secret("SMTP_URL", (HOME / "mail").as_uri() if DEBUG else "")
"""smtp://user:password@host:587 (STARTTLS where offered), smtps://… (TLS from the start), or
file:///a/folder, where each message becomes a file."""
SMTP_PER_SECOND = env.integer("SMTP_PER_SECOND", 1_000, minimum=1)
MAIL_FROM = env.text("MAIL_FROM", "notifications@learn.opticrm.app")
FIREBASE_CREDENTIALS = env.secret("FIREBASE_CREDENTIALS", "")
"""The service account's JSON, best from FIREBASE_CREDENTIALS_FILE; without it no push is sent."""
FCM_URL = env.text("FCM_URL", "https://fcm.googleapis.com")
FCM_PER_SECOND = env.integer("FCM_PER_SECOND", 500, minimum=1)
PROVIDER_SECONDS = env.integer("PROVIDER_SECONDS", 10, minimum=1)
"""Seconds within which a provider has to answer."""
NOTIFY_LEASE_SECONDS = env.integer("NOTIFY_LEASE_SECONDS", 90, minimum=5)
"""Seconds after which the messages of a killed worker go to other workers."""
LONGEST_ATTEMPT_SECONDS = 6 * PROVIDER_SECONDS
"""A claimed message with less of its lease left is released: an attempt may wait for one provider
in vain and then go through the steps of another."""
if NOTIFY_LEASE_SECONDS <= LONGEST_ATTEMPT_SECONDS:
    raise env.SettingError("NOTIFY_LEASE_SECONDS must be more than six times PROVIDER_SECONDS.")
NOTIFY_RETRY_SECONDS = env.integer("NOTIFY_RETRY_SECONDS", 30, minimum=1)
"""Before the second attempt; doubled with each, up to an hour."""
NOTIFY_SWEEP_SECONDS = env.integer("NOTIFY_SWEEP_SECONDS", 30, minimum=1)
"""Seconds between two checks of PostgreSQL for due messages that the queue lost."""
