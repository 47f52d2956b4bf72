"""量一量: django-helpdesk's public ticket form as its documentation sets it up, on SQLite, without e-mail.

Runs in an environment of its own (`bench/load.py` makes it); the folder of the database is HELPDESK_HOME.
"""

import os

import django
from django.conf import settings
from django.urls import include, path

PARTS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
         "django.contrib.sites", "django.contrib.humanize", "django.contrib.admin", "django.contrib.staticfiles",
         "rest_framework", "helpdesk"]
CONTEXT = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
           "django.contrib.messages.context_processors.messages"]

settings.configure(
    SECRET_KEY="only for a bench",
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=PARTS,
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": CONTEXT}}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{os.environ['HELPDESK_HOME']}/db.sqlite",
                           "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"}}},
    SITE_ID=1,
    STATIC_URL="/static/",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    HELPDESK_TEAMS_MODE_ENABLED=False,
)
django.setup()
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]

if __name__ == "__main__":
    from django.core.management import call_command
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    Queue.objects.get_or_create(slug="q", defaults={"title": "q", "allow_public_submission": True})
else:
    from django.core.wsgi import get_wsgi_application

    app = get_wsgi_application()
