"""二维码: the address a plate or a notice carries, and the square of dark and light modules that says it.

One by one through `matrix`, by the run through `matrices`: both give the same squares, bit for bit.
"""

from feedback.qr.addresses import BOARD_PATH, DOOR_PATH, address, segments
from feedback.qr.batch import Matrices, drawn, matrices
from feedback.qr.square import QUIET_ZONE, Level, Matrix, Mode, Segment, matrix

__all__ = [
    "BOARD_PATH", "DOOR_PATH", "QUIET_ZONE", "Level", "Matrices", "Matrix", "Mode", "Segment",
    "address", "drawn", "matrices", "matrix", "segments",
]
