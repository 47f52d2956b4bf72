"""轻重: every damage a code is put to, from what hardly matters to what hardly any code survives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bench import damage
from bench.damage import Camera, Damage


def _grades(name: str, grades: dict[str, tuple[tuple[damage.Wear, ...], Camera]]) -> list[Damage]:
    return [Damage(name, grade, *made) for grade, made in grades.items()]


def _worn(name: str, wear: Callable[[Any], damage.Wear], grades: dict[str, Any]) -> list[Damage]:
    return _grades(name, {grade: ((wear(value),), Camera()) for grade, value in grades.items()})


def _taken(name: str, what: str, grades: dict[str, Any]) -> list[Damage]:
    return _grades(name, {grade: ((), replace(Camera(), **{what: value})) for grade, value in grades.items()})


DAMAGES = [
    *_grades("none", {"": ((), Camera())}),
    *_worn("faded to a contrast of", damage.faded, {"15 %": 0.15, "8 %": 0.08, "6 %": 0.06}),
    *_worn("bleached in patches to", damage.bleached, {"8 %": 0.08, "4 %": 0.04, "2 %": 0.02}),
    *_worn("specks over", damage.specks, {"2 %": 0.02, "4 %": 0.04, "6 %": 0.06, "8 %": 0.08}),
    *_worn("mud over", damage.mud, {"3 %": 0.03, "5 %": 0.05, "8 %": 0.08, "12 %": 0.12, "18 %": 0.18}),
    *_worn("corner torn off", damage.torn, {"20 %": 0.2, "28 %": 0.28, "35 %": 0.35}),
    *_worn("scratches", damage.scratches, {"3": 3, "6": 6, "10": 10, "15": 15}),
    *_taken("out of focus", "defocus", {"3 px": 3.0, "3.7 px": 3.7, "4.4 px": 4.4}),
    *_taken("moved", "motion", {"6 px": 6.0, "8 px": 8.0, "10 px": 10.0}),
    *_taken("tilted by", "tilt", {"40°": 40.0, "55°": 55.0, "65°": 65.0}),
    *_taken("distance", "near", {f"{px} px": px / 200 for px in (100, 80, 72, 64, 56)}),
    *_grades("JPEG at 100 px", {f"{quality}": ((), Camera(near=0.5, jpeg=quality)) for quality in (10, 6, 3)}),
    *_taken("reflection over", "glare", {"15 %": 0.15, "22 %": 0.22, "30 %": 0.3}),
    *_taken("noise", "noise", {"20": 20.0, "50": 50.0, "110": 110.0}),
    *_grades("dark", {f"{round(light * 100)} %": ((), Camera(light=light, noise=6)) for light in (0.15, 0.1, 0.07)}),
    *_taken("half in shade", "shade", {"6 ×": 6.0, "12 ×": 12.0, "25 ×": 25.0}),
    *_grades("five years outdoors", {
        "mild": ((damage.bleached(0.4), damage.specks(0.01), damage.scratches(2)), Camera(near=0.7, tilt=20, jpeg=70)),
        "hard": ((damage.bleached(0.25), damage.specks(0.015), damage.scratches(4), damage.mud(0.02)),
                 Camera(near=0.6, tilt=25, jpeg=60)),
        "very hard": ((damage.bleached(0.15), damage.specks(0.02), damage.scratches(6), damage.mud(0.03)),
                      Camera(near=0.5, tilt=30, jpeg=50)),
    }),
    *_grades("in haste at dusk", {
        "mild": ((), Camera(near=0.7, motion=3, light=0.4, noise=8, tilt=25)),
        "hard": ((), Camera(near=0.65, motion=3.5, light=0.3, noise=8, tilt=30)),
        "very hard": ((), Camera(near=0.6, motion=4, light=0.2, noise=8, tilt=35)),
    }),
    *_grades("old phone", {
        "mild": ((), Camera(near=0.5, defocus=1.2, noise=8, jpeg=50)),
        "hard": ((damage.faded(0.7),), Camera(near=0.45, defocus=1.3, noise=8, jpeg=45)),
        "very hard": ((damage.faded(0.5),), Camera(near=0.42, defocus=1.4, noise=8, jpeg=40)),
    }),
]
