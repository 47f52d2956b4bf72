"""扫码: what a phone's camera would read from a printed PDF: rasterised by one library, decoded by another."""

from pathlib import Path

import pypdfium2
import zxingcpp

RESOLUTION = 200
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_ROW = 50
"""Codes whose upper edges differ by less lie in one row (pixels)."""


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
        corners = [(each.position.top_left, each.text) for each in found]
        in_rows = sorted(corners, key=lambda each: (round(each[0].y / _ROW), each[0].x))
        pages.append([text for _, text in in_rows])
    return pages


def scan_plate(pdf: Path, *, page: int = 1, place: int = 1) -> str:
    """The address of one plate; pages and places count from 1, as in the manifest."""
    return scan_sheets(pdf)[page - 1][place - 1]
