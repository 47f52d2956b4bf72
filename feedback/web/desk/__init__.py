"""待办: the desk of guardians and the village: the queue, one case with all that can be done now, the visit."""

from flask import Blueprint

bp = Blueprint("desk", __name__, url_prefix="/g")

from feedback.web.desk import (  # noqa: E402
    absences,
    acts,
    case,
    finding,
    noticeboard,
    notices,
    officers,
    on_behalf,
    plates,
    queue,
    signs,
    timing,
    visit,
)

__all__ = ["absences", "acts", "bp", "case", "finding", "noticeboard", "notices", "officers", "on_behalf", "plates",
           "queue", "signs", "timing", "visit"]
