"""户导入: doors with their micro-grids, and, where given, householder and phone.

A household is known by village and door, so a row with another micro-grid of the same village moves it.
Householder and phone are compared opened and stored sealed. A column the file doesn't have is left alone.
Households the file doesn't name stay as they are.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from feedback import db, phones
from feedback.models.places import Area, Household, Level
from feedback.roster import contacts
from feedback.roster.plans import Change, Difference, Effect, Kind, Plan, slices
from feedback.tables import Column, Row
from feedback.words import N_

MAX_DOOR = 60
MAX_HOUSEHOLDER = 40

Key = tuple[str, str]
_UPDATED = ("household", "microgrid_code", "householder", "phone")


class HouseholdsPlan(Plan):
    """`microgrid,door,householder,phone`; the last two may be missing."""

    kind = Kind.HOUSEHOLDS
    shapes = ((
        Column("microgrid", ("微网格", "微网格编码", "微网格代码"), is_code=True),
        Column("door", ("门牌", "门牌号")),
        Column("householder", ("户主", "户主姓名"), is_required=False),
        Column("phone", ("电话", "手机", "手机号", "联系电话"), is_required=False, is_code=True),
    ),)

    def _compare(self) -> None:
        self._new: list[Row] = []
        self._updates: list[tuple[int, str, bytes | None, bytes | None]] = []
        wanted = self._read_rows()
        for stored in self._stored({village for village, _ in wanted}):
            row = wanted.pop((stored.village_code, stored.door), None)
            if row is not None:
                self._compare_one(stored, row)
        for row in wanted.values():
            self._new.append(row)
            self.changes.append(Change(row.line, Effect.NEW, _subject(row)))
        self.changes.sort(key=lambda change: change.line)

    def _read_rows(self) -> dict[Key, Row]:
        length = func.length(Area.code) == Level.MICROGRID.digits
        microgrids = set(db.session.scalars(select(Area.code).where(length)))
        wanted: dict[Key, Row] = {}
        for row in self.rows:
            if not self._is_good(row, microgrids):
                continue
            key = (_village(row), row.cells["door"])
            if key in wanted:
                self._refuse(row, "door", N_("这个村里，第 {line} 行已经有这个门牌"), line=wanted[key].line)
            else:
                wanted[key] = row
        return wanted

    def _is_good(self, row: Row, microgrids: set[str]) -> bool:
        cells = row.cells
        before = len(self.bad_rows)
        if not cells["microgrid"]:
            self._refuse(row, "microgrid", N_("没有写微网格编码"))
        elif cells["microgrid"] not in microgrids:
            is_code = cells["microgrid"].isdecimal() and len(cells["microgrid"]) == Level.MICROGRID.digits
            reason = N_("没有这个微网格；先导入区划") if is_code else N_("微网格编码应该是 18 位数字")
            self._refuse(row, "microgrid", reason)
        if not cells["door"]:
            self._refuse(row, "door", N_("没有写门牌"))
        elif len(cells["door"]) > MAX_DOOR:
            self._refuse(row, "door", N_("门牌太长，最多 {limit} 个字"), limit=MAX_DOOR)
        if len(cells["householder"]) > MAX_HOUSEHOLDER:
            self._refuse(row, "householder", N_("名字太长，最多 {limit} 个字"), limit=MAX_HOUSEHOLDER)
        cells["phone"] = phones.plain(cells["phone"])
        if cells["phone"] and (trouble := phones.trouble_with(cells["phone"])):
            self._refuse(row, "phone", trouble)
        return len(self.bad_rows) == before

    def _stored(self, villages: set[str]) -> Any:
        columns = (Household.id, Household.village_code, Household.door, Household.microgrid_code,
                   Household.householder, Household.phone)
        found = select(*columns).where(Household.village_code.in_(sorted(villages)))
        return db.session.execute(found, execution_options={"yield_per": 2_000}) if villages else ()

    def _compare_one(self, stored: Any, row: Row) -> None:
        differences: list[Difference] = []
        place = (stored.village_code, stored.door)
        sealed: dict[str, bytes | None] = {"householder": stored.householder, "phone": stored.phone}
        if row.cells["microgrid"] != stored.microgrid_code:
            differences.append(Difference("microgrid", stored.microgrid_code, row.cells["microgrid"]))
        for column, mask in (("householder", phones.masked_name), ("phone", phones.masked)):
            if column not in self.columns:
                continue
            before, after = contacts.unseal(sealed[column], *place, column), row.cells[column]
            if before != after:
                differences.append(Difference(column, mask(before), mask(after)))
                sealed[column] = contacts.seal(after, *place, column)
        if differences:
            self._updates.append((stored.id, row.cells["microgrid"], sealed["householder"], sealed["phone"]))
            self.changes.append(Change(row.line, Effect.CHANGED, _subject(row), tuple(differences)))
        else:
            self.same += 1

    def write(self) -> None:
        for some in slices(self._new):
            db.session.connection().execute(insert(Household), [_values(row) for row in some])
        if self._updates:
            table = Household.__table__
            changed = update(Household).where(table.c.id == bindparam("household")).values(
                microgrid_code=bindparam("microgrid_code"), householder=bindparam("householder"),
                phone=bindparam("phone"),
            )
            for some_updates in slices(self._updates):
                values = [dict(zip(_UPDATED, one, strict=True)) for one in some_updates]
                db.session.connection().execute(changed, values)
            db.session.expire_all()


def _village(row: Row) -> str:
    return row.cells["microgrid"][: Level.VILLAGE.digits]


def _subject(row: Row) -> str:
    return f"{row.cells['microgrid']} {row.cells['door']}"


def _values(row: Row) -> dict[str, Any]:
    village, door = _village(row), row.cells["door"]
    return {
        "microgrid_code": row.cells["microgrid"], "village_code": village, "door": door,
        "householder": contacts.seal(row.cells["householder"], village, door, "householder"),
        "phone": contacts.seal(row.cells["phone"], village, door, "phone"),
    }
