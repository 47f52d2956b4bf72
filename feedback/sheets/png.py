"""位图: a sheet as pixels: its PDF, rasterised at printing resolution."""

import io
import threading

import pypdfium2

from feedback.sheets import pdf

DOTS_PER_INCH = 300

_pdfium = threading.Lock()
"""PDFium is for one thread of a process at a time: two would end the process, and with it whoever is served by it."""


def write(document: bytes, resolution: int = DOTS_PER_INCH) -> bytes:
    """A PDF of one page as PNG; the picture knows its own size."""
    buffer = io.BytesIO()
    with _pdfium:
        opened = pypdfium2.PdfDocument(document)
        try:
            picture = opened[0].render(scale=resolution / pdf.POINTS_PER_INCH).to_pil().copy()
        finally:
            opened.close()
    picture.save(buffer, format="PNG", optimize=True, dpi=(resolution, resolution))
    return buffer.getvalue()
