"""字形表: puts glyphs together into a TrueType font whose glyphs are called by their place (ISO/IEC 14496-22).

It holds what a PDF needs of one (ISO 32000-1, 9.9): outlines, widths and measures; no names, no hints.
"""

import io
import struct
from collections.abc import Sequence

from fontTools.ttLib.sfnt import SFNTWriter

_LONG = 1
"""In `head`: places of glyphs are written in four bytes."""


def table(outlines: Sequence[bytes], widths: Sequence[int], *, head: bytes, hhea: bytes, maxp: bytes) -> bytes:
    """A font of these glyphs; the other three tables are those of the font they are from."""
    places, glyf = [0], bytearray()
    for outline in outlines:
        glyf += outline + bytes(-len(outline) % 4)
        places.append(len(glyf))
    count = struct.pack(">H", len(outlines))
    tables = {
        "glyf": bytes(glyf),
        "head": head[:50] + struct.pack(">H", _LONG) + head[52:],
        "hhea": hhea[:34] + count,
        "hmtx": b"".join(map(_measures, widths, outlines)),
        "loca": struct.pack(f">{len(places)}I", *places),
        "maxp": maxp[:4] + count + maxp[6:],
    }
    stream = io.BytesIO()
    writer = SFNTWriter(stream, len(tables))
    for tag, data in tables.items():
        writer[tag] = data
    writer.close()
    return stream.getvalue()


def _measures(width: int, outline: bytes) -> bytes:
    """A glyph's width and its left edge, as its outline says it; an empty one has none."""
    return struct.pack(">H", width) + (outline[2:4] or b"\0\0")
