"""机器: what other machines ask: does the process live, and can it serve. Nothing about anybody, no page.

WeChat's check file (`codes.checkfile`) is served below `/D/`, where the links of the plates are.
"""

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import DBAPIError

from feedback import db, rounds
from feedback.codes import checkfile
from feedback.errors import Busy, Missing

bp = Blueprint("machines", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return _plain("ok")


@bp.get("/readyz")
def ready() -> Response:
    """The database answers, and has its tables; how far behind the timer is. A timer that is late is no reason to
    take the pages away."""
    try:
        now = rounds.health()
    except (DBAPIError, Busy):
        db.session.rollback()
        return _plain("the database does not answer, or has no tables yet: hulianma init", 503)
    return jsonify(
        ready=True,
        timer={
            "is_late": now.is_late, "last_round_s": now.round_seconds, "behind_s": now.behind, "failed": now.failed,
        },
    )


@bp.get("/d/<name>.txt")
@bp.get("/D/<name>.txt", endpoint="wechat_check_upper")
def wechat_check(name: str) -> Response:
    """The file by which WeChat's platform sees that the links are ours."""
    said = checkfile.read(current_app.extensions["config"].data_dir, name)
    if said is None:
        raise Missing
    return _plain(said)


def _plain(words: str, status: int = 200) -> Response:
    return Response(words, status, mimetype="text/plain")
