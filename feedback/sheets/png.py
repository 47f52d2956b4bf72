"""位图: a page as pixels: its PDF, rasterised at printing resolution."""

import io

import pypdfium2

from feedback.fonts import Typefaces
from feedback.plates.shapes import Page
from feedback.sheets import pdf

DOTS_PER_INCH = 300


def write(page: Page, typefaces: Typefaces) -> bytes:
    """The page as PNG; the picture knows its own size."""
    document = pypdfium2.PdfDocument(pdf.write([page], typefaces, subject=""))
    try:
        picture = document[0].render(scale=DOTS_PER_INCH / pdf.POINTS_PER_INCH).to_pil()
    finally:
        document.close()
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True, dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return buffer.getvalue()
