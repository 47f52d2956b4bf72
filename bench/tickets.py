"""量一量: django-helpdesk as its documentation sets it up, on SQLite, without e-mail.

Runs in an environment of its own (`bench/load.py` makes it); the folder of the database is HELPDESK_HOME.

    tickets.py              an empty one with a queue
    tickets.py fill N       so many tickets more, of a year, in twelve queues, with their follow-ups
    tickets.py ask ROUNDS   milliseconds of its pages, as JSON
"""

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random

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

REPORTS = ("queuemonth", "queuestatus", "userstatus", "usermonth")
QUEUES, STAFF = 12, 30
SOLVED = 0.95


def fill(count: int) -> None:
    """Tickets as a township would have them: nearly all of them closed, each with two follow-ups."""
    from django.contrib.auth.models import User
    from django.utils import timezone
    from helpdesk.models import FollowUp, Queue, Ticket

    chance, now = Random(1), timezone.now()
    User.objects.create_superuser("leader", "leader@example.org", "only for a bench")
    staff = [User.objects.create_user(f"staff{n}", is_staff=True) for n in range(STAFF)]
    queues = [Queue.objects.create(title=f"queue {n}", slug=f"q{n}") for n in range(QUEUES)]
    tickets = []
    for n in range(count):
        at = now - timedelta(minutes=chance.randrange(365 * 24 * 60))
        is_solved = chance.random() < SOLVED
        status = Ticket.CLOSED_STATUS if is_solved else Ticket.OPEN_STATUS
        tickets.append(Ticket(
            title=f"lamp {n}", queue=chance.choice(queues), created=at, modified=at, status=status,
            priority=chance.randint(1, 5), assigned_to=chance.choice(staff), description="The lamp is broken.",
            submitter_email="a@example.org", resolution="done" if is_solved else "",
        ))
    Ticket.objects.bulk_create(tickets, batch_size=2000)
    FollowUp.objects.bulk_create(
        [FollowUp(ticket=one, date=one.created + timedelta(hours=hours), title="x", comment="looked at it", public=True)
         for one in tickets for hours in (3, 30)], batch_size=5000)


def ask(rounds: int) -> None:
    """The list with its first rows, the dashboard and the reports, as a member of staff asks for them."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(username="leader"))

    def get(path: str) -> bytes:
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        return bytes(answer.content)

    found = re.search(rb"/datatables_ticket_list/([\w=-]+)", get("/tickets/"))
    rows = f"/datatables_ticket_list/{found[1].decode() if found else 'e30='}"
    wanted = "&".join(["?draw=1&start=0&length=25&order[0][column]=0&order[0][dir]=desc&search[value]="])
    pages: dict[str, Callable[[], object]] = {
        "list": lambda: (get("/tickets/"), get(rows + wanted)), "dashboard": lambda: get("/dashboard/"),
        **{f"report {name}": lambda name=name: get(f"/reports/{name}/") for name in REPORTS},  # type: ignore[misc]
    }
    print(json.dumps({name: median_ms(page, rounds) for name, page in pages.items()}))


def median_ms(page: Callable[[], object], rounds: int) -> float:
    page()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        page()
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1000


def prepare() -> None:
    from django.core.management import call_command
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    Queue.objects.get_or_create(slug="q", defaults={"title": "q", "allow_public_submission": True})


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", count]:
            fill(int(count))
        case ["ask", rounds]:
            ask(int(rounds))
        case _:
            prepare()
else:
    from django.core.wsgi import get_wsgi_application

    app = get_wsgi_application()
