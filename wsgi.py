"""The WSGI entry point: `granian wsgi:app`, `flask --app wsgi`."""

import os

from config import load
from feedback.web import create_app

app = create_app(load(os.environ))
