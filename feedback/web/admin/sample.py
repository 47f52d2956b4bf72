"""试样: the first sheet of an area, on screen and as a PDF, to be tried with telephones before a large run."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from feedback import fonts
from feedback.codes import printing, volumes
from feedback.sheets import Format, Layout
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import administrators

SHARP_ENOUGH = 150
"""Dots per inch: a telephone reads the codes from the screen too."""


@bp.get("/plates/sample")
@administrators
def show_sample() -> ResponseReturnValue:
    area = start.managed()
    return render_template("admin/sample.html", advice=printing.ADVICE, layout=_layout(), layouts=Layout,
                           plates=volumes.count(area.code), section="plates", **start.about(area))


@bp.get("/plates/sample.png")
@administrators
def draw_sample() -> ResponseReturnValue:
    return send_file(_first_sheet(Format.PNG), "image/png")


@bp.get("/plates/sample.pdf")
@administrators
def download_sample() -> ResponseReturnValue:
    return send_file(_first_sheet(Format.PDF), "application/pdf", as_attachment=True,
                     download_name=f"sample-{start.managed().code}-{_layout()}.pdf")


def _first_sheet(form: Format) -> BytesIO:
    """The sheet itself. Nothing is kept of it, and no code counts as printed."""
    area, config = start.managed(), current_app.extensions["config"]
    with TemporaryDirectory() as folder:
        (path,) = printing.sample(volumes.Order(
            area_code=area.code, folder=Path(folder), layout=_layout(), form=form, base_url=config.base_url,
            lower_host=config.plate_lower_host, typefaces=fonts.load(config.plate_fonts), resolution=SHARP_ENOUGH,
        ))
        return BytesIO(path.read_bytes())


def _layout() -> Layout:
    layout = request.args.get("layout", "")
    return Layout(layout) if layout in set(Layout) else Layout.TWO_BY_FIVE
