"""区划导入: places by their codes, and grids and micro-grids that get their codes here.

The parent of a code is its prefix and comes first or stands in the same file; only a township may stand
alone while its county is not kept. Grids and micro-grids without a code are numbered in the order of the
file; a name that its parent already has keeps its code, so the file can be given again. A village without
grids gets grid 001; the first real grid imported takes that number over while it is still empty.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict

from sqlalchemy import insert, select, update

from feedback import db, teams
from feedback.models.people import Team, TeamKind
from feedback.models.places import LEVEL_OF_LENGTH, Area, Level
from feedback.roster.plans import Change, Difference, Effect, Kind, Plan
from feedback.tables import Column, Row
from feedback.words import N_

MAX_NAME = 60
MAX_NUMBER = 999
FIRST_GRID = "第一网格"
"""The name of the grid of a village that has none of its own."""

_CODE = Column("code", ("编码", "代码", "编号"), is_code=True)
_NAME = Column("name", ("名称",))
_PARENT = Column("parent", ("上级", "上级编码", "上级代码"), is_code=True)
_HAS_TEAM = {Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE, Level.MICROGRID}


def parent_of(code: str) -> str | None:
    """The code of the area above; None for a county."""
    return code[:-3] if len(code) > Level.COUNTY.digits else None


class AreasPlan(Plan):
    """`code,name`, or `parent,name` with or without a `code` column."""

    kind = Kind.AREAS
    shapes = ((_CODE, _NAME), (Column("code", _CODE.also, is_required=False, is_code=True), _PARENT, _NAME))

    def _compare(self) -> None:
        self._stored = {row.code: row.name for row in db.session.execute(select(Area.code, Area.name))}
        self._wanted: dict[str, tuple[int, str]] = {}
        self._coded: list[tuple[str, Row]] = []
        self._children: defaultdict[str | None, set[str]] = defaultdict(set)
        for code in self._stored:
            self._children[parent_of(code)].add(code)
        rows = [row for row in self.rows if self._has_name(row)]
        for row in rows:
            if row.cells["code"]:
                self._take_code(row)
        self._names = {(parent_of(code), name): code for code, name in self._stored.items()}
        self._names |= {(parent_of(code), name): code for code, (_, name) in self._wanted.items()}
        for row in rows:
            if not row.cells["code"]:
                self._take_next_number(row)
        self._give_first_grids()
        for code, row in self._coded:
            if not self._has_parent(code):
                self._refuse(row, "code" if row.cells["code"] else "parent",
                             N_("上级 {parent} 还没有；先导入它，或写在同一个文件里"), parent=parent_of(code))
        for code in sorted(self._wanted, key=lambda code: (self._wanted[code][0], code)):
            self._note(code, *self._wanted[code])

    def _has_name(self, row: Row) -> bool:
        name = row.cells["name"]
        if not name:
            self._refuse(row, "name", N_("没有写名称"))
        elif len(name) > MAX_NAME:
            self._refuse(row, "name", N_("名称太长，最多 {limit} 个字"), limit=MAX_NAME)
        return bool(name) and len(name) <= MAX_NAME

    def _take_code(self, row: Row) -> None:
        code = row.cells["code"]
        if not (code.isascii() and code.isdecimal() and len(code) in LEVEL_OF_LENGTH):
            self._refuse(row, "code", N_("编码应该是 6、9、12、15 或 18 位数字（县、镇、村、网格、微网格）"))
        elif row.cells.get("parent", parent_of(code)) != parent_of(code):
            self._refuse(row, "parent", N_("上级应该是编码的前几位：{parent}"), parent=parent_of(code))
        elif code in self._wanted:
            self._refuse(row, "code", N_("这个编码在第 {line} 行已经有了"), line=self._wanted[code][0])
        else:
            self._want(code, row)

    def _take_next_number(self, row: Row) -> None:
        if "parent" not in row.cells:
            self._refuse(row, "code", N_("没有写编码"))
            return
        parent, name = row.cells["parent"], row.cells["name"]
        if not (parent.isascii() and parent.isdecimal() and LEVEL_OF_LENGTH.get(len(parent)) in _NUMBERED_BELOW):
            self._refuse(row, "parent", N_("上级应该是村社（12 位）或网格（15 位）的编码；村社以上请写编码"))
            return
        code = self._names.get((parent, name)) or self._empty_first_grid(parent) or self._next_number(parent)
        if code is None:
            self._refuse(row, "parent", N_("上级 {parent} 下面已经有 {limit} 个，编不下了"),
                         parent=parent, limit=MAX_NUMBER)
        elif code in self._wanted:
            self._refuse(row, "name", N_("同一个上级下面，第 {line} 行已经有这个名称"), line=self._wanted[code][0])
        else:
            self._names[parent, name] = code
            self._want(code, row)

    def _want(self, code: str, row: Row) -> None:
        self._wanted[code] = (row.line, row.cells["name"])
        self._coded.append((code, row))
        self._children[parent_of(code)].add(code)

    def _empty_first_grid(self, village: str) -> str | None:
        """The grid 001 that was given to a village without grids, while nothing is in it and it is alone."""
        first = village + "001"
        is_given = self._stored.get(first) == FIRST_GRID and first not in self._wanted
        is_alone = self._children[village] == {first}
        return first if is_given and is_alone and not self._children[first] else None

    def _next_number(self, parent: str) -> str | None:
        number = max((int(code[-3:]) for code in self._children[parent]), default=0) + 1
        return f"{parent}{number:03}" if number <= MAX_NUMBER else None

    def _give_first_grids(self) -> None:
        villages = [code for code in (*self._stored, *self._wanted) if len(code) == Level.VILLAGE.digits]
        for village in villages:
            if not self._children[village]:
                self._wanted[village + "001"] = (0, FIRST_GRID)
                self._children[village].add(village + "001")

    def _has_parent(self, code: str) -> bool:
        parent = parent_of(code)
        is_top = len(code) <= Level.TOWNSHIP.digits
        return is_top or parent in self._stored or parent in self._wanted

    def _note(self, code: str, line: int, name: str) -> None:
        before = self._stored.get(code)
        if before is None:
            self.changes.append(Change(line, Effect.NEW, f"{code} {name}"))
        elif before != name:
            difference = Difference("name", before, name)
            self.changes.append(Change(line, Effect.CHANGED, f"{code} {name}", (difference,)))
        else:
            self.same += 1

    def write(self) -> None:
        new = sorted(self._wanted.keys() - self._stored.keys(), key=lambda code: (len(code), code))
        queues = [team for code in new for team in _teams(code, self._wanted[code][1])]
        if new:
            db.session.execute(insert(Area), [self._row_of(code) for code in new])
        if queues:
            db.session.execute(insert(Team), queues)
        for code in new:
            if len(code) == Level.COUNTY.digits:
                below = (Area.code.startswith(code), Area.parent_code.is_(None), Area.code != code)
                db.session.execute(update(Area).where(*below).values(parent_code=code))
        for code, (_, name) in self._wanted.items():
            if self._stored.get(code, name) != name:
                db.session.execute(update(Area).where(Area.code == code).values(name=name))
                own = (Team.area_code == code, Team.kind == TeamKind.AREA)
                db.session.execute(update(Team).where(*own).values(name=name))

    def _row_of(self, code: str) -> dict[str, str | None]:
        parent = parent_of(code)
        is_known = parent in self._stored or parent in self._wanted
        return {"code": code, "name": self._wanted[code][1], "parent_code": parent if is_known else None}

    @property
    def gives_codes(self) -> bool:
        """Whether the file left it to us to number some of its rows."""
        return any(not row.cells["code"] for row in self.rows)

    def coded_csv(self) -> bytes:
        """The file with the codes it was given, in the file's order: `code,parent,name`, UTF-8."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["code", "parent", "name"])
        for code, row in sorted(self._coded, key=lambda pair: pair[1].line):
            writer.writerow([code, parent_of(code), row.cells["name"]])
        return out.getvalue().encode()


_NUMBERED_BELOW = {Level.VILLAGE, Level.GRID}


def _teams(code: str, name: str) -> list[dict[str, object]]:
    """The queues that come with a place: its own, and a township's discipline office."""
    level = LEVEL_OF_LENGTH[len(code)]
    found: list[dict[str, object]] = []
    if level in _HAS_TEAM:
        found.append({"area_code": code, "kind": TeamKind.AREA, "name": name})
    if level is Level.TOWNSHIP:
        found.append({"area_code": code, "kind": TeamKind.DISCIPLINE, "name": teams.DISCIPLINE_NAME})
    return found
