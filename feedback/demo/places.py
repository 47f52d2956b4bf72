"""演示的地方: 梁弄镇 with its real eighteen villages and their codes; hamlets, doors and people are invented.

Village names and codes are the national statistics office's (2023 edition): facts, freely used.
"""

from __future__ import annotations

import csv
import io
from random import Random
from typing import NamedTuple

TOWNSHIP = "330281114"
TOWNSHIP_NAME = "梁弄镇"
VILLAGES = (
    ("330281114001", "正蒙社区", 11), ("330281114200", "东溪村", 9), ("330281114201", "梁冯村", 8),
    ("330281114202", "五桂村", 9), ("330281114203", "后陈村", 8), ("330281114204", "让贤村", 8),
    ("330281114205", "白水冲村", 7), ("330281114206", "横坎头村", 12), ("330281114207", "岭头村", 7),
    ("330281114208", "甘宣村", 9), ("330281114209", "汪巷村", 10), ("330281114210", "东山村", 8),
    ("330281114211", "贺溪村", 10), ("330281114212", "横路村", 9), ("330281114213", "明湖村", 9),
    ("330281114214", "雅贤村", 8), ("330281114215", "湖东村", 9), ("330281114216", "高南村", 8),
)
"""Code, name and the number of micro-grids, 159 in all."""
GRIDS = ("东片网格", "西片网格", "南片网格", "北片网格")
MICROGRIDS_IN_A_GRID = 4
HAMLETS = (
    "上禾", "下禾", "桥头", "竹园", "樟树下", "晒谷场", "老井", "溪边", "后门山", "祠堂前", "田中央", "茶亭",
    "水碓", "石门坎", "桑园", "新屋", "大路口", "柿子湾",
)
HOUSEHOLDS = 10_000

SURNAMES = "周王李陈张赵徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓"
FIRST = "一二三四五六七八九十百千万"
SECOND = "禾田谷穗麦豆秧苗桑茶竹笋梅李桃菱藕瓜菜稻"


class Microgrid(NamedTuple):
    """A micro-grid of the demo, and how many doors it has."""

    code: str
    village: str
    hamlet: str
    doors: int


def villages(area: str) -> tuple[tuple[str, str, int], ...]:
    """The villages of a township: 梁弄's real ones, or as many invented ones under another code."""
    if area == TOWNSHIP:
        return VILLAGES
    return tuple(
        (f"{area}{200 + n:03}", f"{name}村", count)
        for n, (name, (_, _, count)) in enumerate(zip(HAMLETS, VILLAGES, strict=True))
    )


def microgrids(area: str, rng: Random) -> list[Microgrid]:
    """Every micro-grid, in the order of codes; doors add up to HOUSEHOLDS."""
    found: list[Microgrid] = []
    each = HOUSEHOLDS / sum(count for _, _, count in villages(area))
    for village, _, count in villages(area):
        for n, hamlet in enumerate(rng.sample(HAMLETS, count)):
            code = f"{village}{n // MICROGRIDS_IN_A_GRID + 1:03}{n % MICROGRIDS_IN_A_GRID + 1:03}"
            found.append(Microgrid(code, village, hamlet, round(each * rng.uniform(0.75, 1.2))))
    short = HOUSEHOLDS - sum(one.doors for one in found)
    share = [short // len(found) + (n < short % len(found)) for n in range(len(found))]
    return [one._replace(doors=one.doors + more) for one, more in zip(found, share, strict=True)]


def name(rng: Random) -> str:
    """A name that is plainly nobody's: 周一禾, 王三田."""
    return rng.choice(SURNAMES) + rng.choice(FIRST) + rng.choice(SECOND)


def areas_csv(area: str, grid: list[Microgrid]) -> bytes:
    """The township as a file of areas."""
    rows = [(area, TOWNSHIP_NAME if area == TOWNSHIP else "演示镇")]
    for village, title, count in villages(area):
        rows.append((village, title))
        grids = GRIDS[: -(-count // MICROGRIDS_IN_A_GRID)]
        rows += [(f"{village}{n:03}", grid_name) for n, grid_name in enumerate(grids, 1)]
    rows += [(one.code, f"{one.hamlet}微网格") for one in grid]
    return table(("code", "name"), rows)


def households_csv(grid: list[Microgrid], rng: Random) -> bytes:
    """Its doors; two in three tell who lives there, one in two leaves a number."""
    rows: list[tuple[str, ...]] = []
    for one in grid:
        for door in range(1, one.doors + 1):
            householder = name(rng) if rng.random() < 0.66 else ""
            phone = f"1390000{rng.randrange(10_000):04}" if householder and rng.random() < 0.75 else ""
            rows.append((one.code, f"{one.hamlet}{door}号", householder, phone))
    return table(("microgrid", "door", "householder", "phone"), rows)


def table(header: tuple[str, ...], rows: list[tuple[str, ...]] | list[tuple[str, str]]) -> bytes:
    """A CSV as an office would hand it in."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()
