"""磨损: what weather, hands and cameras do to a plate: everything that stands between a printed code and who scans it.

A plate is grey pixels, with the place of its code. `wear` is done to the plate itself, `take` is the photograph. Both
draw what is random once and do the same to every plate they are given, so that codes are compared in pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

DOTS = 16.0
"""Pixels of a plate for each millimetre."""
NEAR = 6.5
"""Pixels of a photograph for each millimetre, from two hands away: 200 over a code of 30.8 mm."""
PAPER, WALL = 238.0, 150.0

_CAMERA_AT = 300.0
"""How far the camera is from the plate where tilt makes lines run together (mm)."""
_SUPERSAMPLED = 12.0
_ROOM = 1.5
"""How much larger than the code the photograph is, as in a scanner's window."""

Grey: TypeAlias = NDArray[np.float32]
Random: TypeAlias = np.random.Generator


@dataclass(frozen=True)
class Place:
    """Where the code lies on the plate, quiet zone included (pixels of the plate)."""

    left: float
    top: float
    side: float


Layer: TypeAlias = tuple[Grey, "Grey | float"]
"""How much of each pixel is covered (0 to 1), and by what."""
Wear: TypeAlias = Callable[[tuple[int, int], Place, Random], Layer]


@dataclass(frozen=True)
class Camera:
    """One photograph: what is not said is that of a steady hand by day, a little aslant."""

    near: float = 1.0
    """1 is two hands away, 0.5 twice as far."""
    tilt: float = 8.0
    turn: float = 12.0
    """At most so many degrees away from straight; `tilt` exactly so many where more than 8."""
    blur: float = 0.6
    """Standard deviation (pixels of the photograph), as of lens and sensor."""
    defocus: float = 0.0
    """Radius of a disk (pixels)."""
    motion: float = 0.0
    """Length (pixels), in any direction."""
    light: float = 1.0
    shade: float = 1.0
    """How many times darker one side is than the other."""
    glare: float = 0.0
    """Share of the code's side that a reflection reaches from its middle."""
    noise: float = 3.0
    jpeg: int = 90


@dataclass(frozen=True)
class Damage:
    """One grade of one damage."""

    name: str
    grade: str
    wear: tuple[Wear, ...] = ()
    camera: Camera = field(default_factory=Camera)


# ---- to the plate

def faded(contrast: float) -> Wear:
    """Ink that has lost its darkness everywhere."""
    return lambda shape, _place, _random: (np.full(shape, 1 - contrast, np.float32), PAPER)


def bleached(contrast: float) -> Wear:
    """Ink that the sun has taken unevenly: from what is left of it up to three quarters."""

    def layer(shape: tuple[int, int], _place: Place, random: Random) -> Layer:
        field = _clouds(shape, random, 4)
        return ((1 - contrast) * field + 0.25 * (1 - field)).astype(np.float32), PAPER

    return layer


def specks(share: float) -> Wear:
    """Dots of 0.3 to 1.2 mm, dark and light, over so much of the plate."""

    def layer(shape: tuple[int, int], _place: Place, random: Random) -> Layer:
        cover, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        mean = np.pi * (0.375 * DOTS) ** 2
        for _ in range(int(share * shape[0] * shape[1] / mean)):
            at = (int(random.integers(shape[1])), int(random.integers(shape[0])))
            radius = max(1, round(float(random.uniform(0.15, 0.6)) * DOTS))
            cv2.circle(cover, at, radius, 1.0, -1)
            cv2.circle(value, at, radius, float(random.choice([50.0, PAPER])), -1)
        return cover, value

    return layer


def mud(share: float) -> Wear:
    """One splash, as large as a share of the code without its quiet zone, anywhere inside it."""

    def layer(shape: tuple[int, int], place: Place, random: Random) -> Layer:
        inner = place.side * 0.78
        radius = inner * np.sqrt(share / np.pi)
        middle = place.side / 2 + random.uniform(-1, 1, 2) * max(0.0, inner / 2 - radius)
        angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        waves = sum(random.uniform(-0.16, 0.16) * np.cos(n * angles + random.uniform(0, 7)) for n in range(2, 7))
        reach = 1 + np.asarray(waves)
        reach *= radius / np.sqrt((reach ** 2).mean())
        outline = np.stack([place.left + middle[0] + reach * np.cos(angles),
                            place.top + middle[1] + reach * np.sin(angles)], axis=1)
        cover = np.zeros(shape, np.float32)
        cv2.fillPoly(cover, [outline.astype(np.int32)], 1.0)
        return cover, (85 + 40 * _clouds(shape, random, 24)).astype(np.float32)

    return layer


def torn(share: float) -> Wear:
    """One of the two corners beside the code is gone, so far along the code's side."""

    def layer(shape: tuple[int, int], place: Place, random: Random) -> Layer:
        across, down = place.side * share * random.uniform(0.85, 1.15, 2)
        steps = np.linspace(0, 1, 24)
        ragged = random.normal(0, 0.4 * DOTS, 24)
        line = np.stack([place.left + across * (1 - steps) + ragged, place.top + down * steps + ragged], axis=1)
        outline = np.vstack([[[-5, -5]], [[line[0, 0], -5]], line, [[-5, line[-1, 1]]]])
        if random.random() < 0.5:
            outline[:, 1] = shape[0] - outline[:, 1]
        cover = np.zeros(shape, np.float32)
        cv2.fillPoly(cover, [outline.astype(np.int32)], 1.0)
        return cover, (WALL + 20 * (_clouds(shape, random, 40) - 0.5)).astype(np.float32)

    return layer


def scratches(count: int) -> Wear:
    """Lines across the plate, 0.15 to 0.6 mm wide; two of three bare, one dark."""

    def layer(shape: tuple[int, int], _place: Place, random: Random) -> Layer:
        cover, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for _ in range(count):
            middle = random.uniform(0, 1, 2) * (shape[1], shape[0])
            angle, half = random.uniform(0, np.pi), random.uniform(6, 25) * DOTS
            reach = half * np.array([np.cos(angle), np.sin(angle)])
            bend = random.normal(0, 0.5 * DOTS, 2)
            points = np.array([middle - reach, middle + bend, middle + reach]).astype(np.int32)
            width = max(1, round(float(random.uniform(0.15, 0.6)) * DOTS))
            cv2.polylines(cover, [points], False, 1.0, width)
            cv2.polylines(value, [points], False, 45.0 if random.random() < 1 / 3 else 225.0, width)
        return cover, value

    return layer


def worn(plates: Sequence[Grey], place: Place, wear: Sequence[Wear], random: Random) -> list[Grey]:
    """The same wear on every plate."""
    for each in wear:
        cover, value = each((plates[0].shape[0], plates[0].shape[1]), place, random)
        plates = [plate + (value - plate) * cover for plate in plates]
    return list(plates)


# ---- by the camera

def taken(plates: Sequence[Grey], place: Place, camera: Camera, random: Random) -> list[NDArray[np.uint8]]:
    """The same photograph of every plate."""
    scale = NEAR * camera.near
    fine = max(1, round(_SUPERSAMPLED / scale))
    frame = (round(place.side / DOTS * _ROOM * scale),) * 2
    projection = _projection(place, frame, scale, camera, random)
    enlarged = np.diag([fine, fine, 1.0]) @ projection
    light, glare = _light(frame, place, projection, camera, random)
    kernel = _kernel(camera, random)
    noise = random.normal(0, camera.noise, (frame[1], frame[0])).astype(np.float32)
    photographs = []
    for plate in plates:
        seen = cv2.warpPerspective(plate, enlarged, (frame[0] * fine, frame[1] * fine), flags=cv2.INTER_LINEAR,
                                   borderMode=cv2.BORDER_CONSTANT, borderValue=WALL)
        seen = cv2.resize(seen, frame, interpolation=cv2.INTER_AREA) * light + glare
        seen = cv2.filter2D(np.minimum(seen, 255), -1, kernel, borderType=cv2.BORDER_REPLICATE)
        pixels = np.clip(seen + noise, 0, 255).astype(np.uint8)
        _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, camera.jpeg])
        photographs.append(np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8))
    return photographs


def _projection(place: Place, frame: tuple[int, int], scale: float, camera: Camera,
                random: Random) -> NDArray[np.float64]:
    """From pixels of the plate to those of the photograph: turned, tilted about any axis, seen through a pinhole."""
    tilt = np.radians(camera.tilt if camera.tilt > 8 else random.uniform(0, camera.tilt))
    turn, axis = np.radians(random.uniform(-camera.turn, camera.turn)), random.uniform(0, 2 * np.pi)
    around = np.array([np.cos(axis), np.sin(axis), 0.0])
    rotation = _about(around, tilt) @ _about(np.array([0.0, 0.0, 1.0]), turn)
    middle = (place.left + place.side / 2) / DOTS, (place.top + place.side / 2) / DOTS
    to_millimetres = np.array([[1 / DOTS, 0, -middle[0]], [0, 1 / DOTS, -middle[1]], [0, 0, 1]])
    in_space = np.column_stack([rotation[:, 0], rotation[:, 1], [0, 0, _CAMERA_AT]])
    through = np.diag([scale * _CAMERA_AT, scale * _CAMERA_AT, 1.0])
    centred = np.array([[1, 0, frame[0] / 2], [0, 1, frame[1] / 2], [0, 0, 1.0]])
    return np.asarray(centred @ through @ in_space @ to_millimetres)


def _about(axis: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    rotation, _ = cv2.Rodrigues(axis * angle)
    return np.asarray(rotation, np.float64)


def _light(frame: tuple[int, int], place: Place, projection: NDArray[np.float64], camera: Camera,
           random: Random) -> tuple[Grey, Grey]:
    """What each pixel is multiplied by, and what a reflection adds to it."""
    x, y = np.meshgrid(np.arange(frame[0]), np.arange(frame[1]))
    angle = random.uniform(0, 2 * np.pi)
    middle = projection @ [place.left + place.side / 2, place.top + place.side / 2, 1]
    side = place.side / DOTS * NEAR * camera.near
    along = ((x - middle[0] / middle[2]) * np.cos(angle) + (y - middle[1] / middle[2]) * np.sin(angle)) / side
    edge = random.uniform(0.06, 0.5)
    light = camera.light * camera.shade ** -(1 / (1 + np.exp(-np.clip(along / edge * 4, -30, 30))))
    spot = middle[:2] / middle[2] + random.uniform(-0.35, 0.35, 2) * side
    stretch = random.uniform(1, 2)
    glare = np.zeros_like(light)
    if camera.glare:
        away = ((x - spot[0]) ** 2 + ((y - spot[1]) * stretch) ** 2) / (camera.glare * side) ** 2
        glare = 420 * np.exp(-away * 1.2)
    return light.astype(np.float32), glare.astype(np.float32)


def _kernel(camera: Camera, random: Random) -> Grey:
    """Lens, focus and movement as one."""
    reach = int(np.ceil(3 * camera.blur + camera.defocus + camera.motion / 2)) + 1
    middle, fine = reach, 8
    dot = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    dot[middle, middle] = 1
    kernel = np.asarray(cv2.GaussianBlur(dot, (0, 0), camera.blur), np.float32) if camera.blur else dot
    if camera.defocus:
        disk = np.zeros(((2 * reach + 1) * fine,) * 2, np.float32)
        cv2.circle(disk, ((2 * middle + 1) * fine // 2,) * 2, round(camera.defocus * fine), 1.0, -1)
        kernel = _together(kernel, disk)
    if camera.motion:
        line = np.zeros(((2 * reach + 1) * fine,) * 2, np.float32)
        angle, centre = random.uniform(0, np.pi), (2 * middle + 1) * fine / 2
        half = camera.motion / 2 * fine * np.array([np.cos(angle), np.sin(angle)])
        first, last = (tuple(int(part) for part in np.round(centre + sign * half)) for sign in (-1, 1))
        cv2.line(line, first, last, 1.0, fine)
        kernel = _together(kernel, line)
    return _summing_to_one(kernel)


def _together(kernel: Grey, other: Grey) -> Grey:
    """Two ways of smearing, one after the other; the second is drawn finer."""
    small = _summing_to_one(cv2.resize(other, kernel.shape, interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.filter2D(kernel, -1, small, borderType=cv2.BORDER_CONSTANT), np.float32)


def _summing_to_one(kernel: Any) -> Grey:
    return np.asarray(kernel / kernel.sum(), np.float32)


def _clouds(shape: tuple[int, int], random: Random, cells: int) -> Grey:
    """Soft random patches from 0 to 1, so many across."""
    coarse = random.uniform(0, 1, (max(2, cells * shape[0] // shape[1]), cells)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), 0, 1)
