"""门: the web doors, put together as one list. A door loads, asks one verb of each floor, commits, answers.

The process that serves (wsgi, tests) binds the database first; this module builds only the application.
"""

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from feedback import db
from feedback.web import (
    admin,
    api,
    auth,
    desk,
    door,
    faults,
    follow,
    gallery,
    languages,
    look,
    machines,
    noticeboard,
    promises,
    safety,
    township,
    wording,
)

TOP = Path(__file__).resolve().parents[2]

DOORS = (door.bp, follow.bp, noticeboard.bp, auth.bp, desk.bp, township.bp, admin.bp, api.bp, machines.bp)


def create_app(config: Config) -> Flask:
    """The whole web application for one deployment."""
    app = Flask("feedback", template_folder=str(TOP / "templates"), static_folder=None)
    app.extensions["config"] = config
    _trust_proxies(app, config)
    safety.guard(app, config)
    languages.speak(app)
    wording.teach(app)
    promises.teach(app)
    look.dress(app, config)
    faults.explain(app)
    _open_doors(app, config)
    app.teardown_appcontext(_end_session)
    return app


def _trust_proxies(app: Flask, config: Config) -> None:
    if config.behind_proxy:
        hops = config.behind_proxy
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def _open_doors(app: Flask, config: Config) -> None:
    for bp in DOORS:
        app.register_blueprint(bp)
    if config.gallery:
        app.register_blueprint(gallery.bp)


def _end_session(error: BaseException | None) -> None:
    db.session.remove()
