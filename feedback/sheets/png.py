"""位图: a sheet as pixels: its PDF, rasterised at printing resolution."""

import io

import pypdfium2

from feedback.sheets import pdf

DOTS_PER_INCH = 300


def write(document: bytes, resolution: int = DOTS_PER_INCH) -> bytes:
    """A PDF of one page as PNG; the picture knows its own size."""
    opened = pypdfium2.PdfDocument(document)
    try:
        picture = opened[0].render(scale=resolution / pdf.POINTS_PER_INCH).to_pil()
    finally:
        opened.close()
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True, dpi=(resolution, resolution))
    return buffer.getvalue()
