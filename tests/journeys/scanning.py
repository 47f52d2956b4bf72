"""扫码: what a phone's camera would read from a printed PDF: rasterised by one library, decoded by another."""

from operator import itemgetter
from pathlib import Path

import pypdfium2
import zxingcpp

RESOLUTION = 200
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
_ROW = 50
"""A code whose upper edge lies so much lower than the one before begins a new row (pixels)."""


def scan_sheets(pdf: Path) -> list[list[str]]:
    """The addresses on each page, by rows from the upper left to the lower right."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pictures = [page.render(scale=RESOLUTION / 72).to_pil() for page in document]
    finally:
        document.close()
    pages = []
    for picture in pictures:
        found = zxingcpp.read_barcodes(picture, formats=_QR)
        corners = [(each.position.top_left.y, each.position.top_left.x, each.text) for each in found]
        pages.append([text for row in _rows(sorted(corners)) for _, _, text in sorted(row, key=itemgetter(1))])
    return pages


def _rows(downward: list[tuple[int, int, str]]) -> list[list[tuple[int, int, str]]]:
    rows: list[list[tuple[int, int, str]]] = []
    for each in downward:
        if rows and each[0] - rows[-1][-1][0] < _ROW:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def scan_plate(pdf: Path, *, page: int = 1, place: int = 1) -> str:
    """The address of one plate; pages and places count from 1, as in the manifest."""
    return scan_sheets(pdf)[page - 1][place - 1]
