"""入口: the WSGI application of the installation the environment names: `hulianma serve`, `flask --app wsgi`."""

import os

from config import load
from feedback import cli, installation
from feedback.web import create_app

config = load(os.environ)
installation.open_with(config)
app = create_app(config)
app.cli = cli.main  # gathers its commands only when one is asked for
