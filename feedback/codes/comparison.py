"""比对: what two decoders saw of printed plates against what the register says of them, a page at a time.

Each difference is found once: a plate that can't be read is not missing too, an ended one not wrong as well. The
register is asked on a connection of its own, given back at once: a check takes minutes and holds no transaction open.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select

from feedback import access, db, plates, qr, tokens
from feedback.codes import manifest
from feedback.codes.bundles import Bundle, Source
from feedback.decoding import Decoder
from feedback.models.codes import DoorCode
from feedback.models.places import Area, Household
from feedback.scanning import Seen, Sheet
from feedback.words import N_

SMALLEST_CODE = 30.0
"""A code is at least so wide, quiet zone included (mm)."""
SMALLEST_MODULE = 0.7
"""… and each of its modules (mm)."""
_MEASURED = 0.02
"""How exactly a square is measured (mm)."""

UNREAD = "its words are there, but no code that says the same can be read"

_ASKED_AT_ONCE = 500


class Fault(StrEnum):
    """How plates and the register can differ."""

    MISSING = "missing"
    EXTRA = "extra"
    TWICE = "twice"
    WRONG = "wrong"
    REVOKED = "revoked"
    UNREAD = "unread"
    SIZE = "size"
    QUIET = "quiet"
    TURNED = "turned"

    @property
    def label(self) -> str:
        return {
            Fault.MISSING: N_("缺"), Fault.EXTRA: N_("多"), Fault.TWICE: N_("重复"), Fault.WRONG: N_("与登记不符"),
            Fault.REVOKED: N_("已停用"), Fault.UNREAD: N_("扫不出"), Fault.SIZE: N_("尺寸不对"),
            Fault.QUIET: N_("码四周的留白被占"), Fault.TURNED: N_("放倒了"),
        }[self]


@dataclass(frozen=True)
class Difference:
    """One difference. Page and place (by rows) count from 1; 0 where the plate is not on paper, or has no code to see.

    `subject` is its token, or what a foreign code says.
    """

    fault: Fault
    page: int
    subject: str
    detail: str
    file: str = ""
    place: int = 0


class Door(NamedTuple):
    """What the register knows of a token; `ended` is empty while it is active."""

    ended: str
    village: str
    door: str

    @property
    def name(self) -> str:
        return f"{self.village} {self.door}".strip()


Finding = tuple[Fault, str]


@dataclass
class Comparison:
    """What was met so far, and what was wrong with it."""

    bundle: Bundle
    base_url: str
    lower_host: bool
    pages: int = 0
    pages_looked_at: int = 0
    plates: int = 0
    looked_at: int = 0
    read: Counter[Decoder] = field(default_factory=lambda: Counter(dict.fromkeys(Decoder, 0)))
    met: dict[str, Source] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def add(self, sheet: Sheet, *, was_looked_at: bool) -> None:
        """Compares the plates of a page: those with a code, and those that only words name."""
        source = self.bundle.by_path[sheet.path]
        coded = [token_in(each.text, self.base_url) for each in sheet.seen]
        uncoded = list((Counter(sheet.named) - Counter(token for token in coded if token)).elements())
        doors = _doors([token for token in (*coded, *uncoded) if token])
        for seen, token in zip(sheet.seen, coded, strict=True):
            if token is None:
                self._note(source, sheet.page, seen.text, [(Fault.EXTRA, "not an address of this installation")],
                           place=seen.place)
                continue
            address = qr.address(self.base_url, token, lower_host=self.lower_host)
            findings = (*self._met(source, token, doors.get(token)), *_of_code(seen, address, token, doors.get(token)))
            self._note(source, sheet.page, token, findings, place=seen.place)
        for token in uncoded:
            unread = [(Fault.UNREAD, UNREAD)] if was_looked_at else []
            self._note(source, sheet.page, token, (*unread, *self._met(source, token, doors.get(token))))
        self.pages += 1
        self.pages_looked_at += was_looked_at
        self.plates += len(sheet.seen) + len(uncoded)
        self.looked_at += (len(sheet.seen) + len(uncoded)) * was_looked_at
        self.read[Decoder.ZXING] += len(sheet.seen)
        self.read[Decoder.WECHAT] += sum(each.again is not None for each in sheet.seen)

    def finish(self, expected: Collection[str] | None) -> None:
        """What should be there, and no other. What lacks is not asked where pages without words were left out."""
        if expected is not None:
            others = _doors(self.met.keys() - set(expected))
            for token in sorted(token for token, door in others.items() if not door.ended):
                self._note(self.met[token], 0, token, [(Fault.EXTRA, "not one of the plates that should be there")])
        if self.pages_looked_at < self.pages and any(source.is_picture for source in self.bundle.sources):
            return
        if expected is None:
            wanted = _wanted(self.bundle.sources, self.met)
            for token in self.bundle.listed.keys() - self.met.keys() - wanted:
                self._note(None, 0, token, [(Fault.MISSING, f"{manifest.NAME} lists it, no page shows it")])
        else:
            wanted = set(expected)
        absent = wanted - self.met.keys()
        doors = _doors(absent)
        names = {token: doors[token].name if token in doors else "a plate the register lacks" for token in absent}
        for token, name in sorted(names.items(), key=itemgetter(1, 0)):
            self._note(None, 0, token, [(Fault.MISSING, f"{name} is on no page")])

    def _met(self, source: Source, token: str, door: Door | None) -> Iterator[Finding]:
        """A plate for this token is there: is it the first, and one the register and the manifest know?"""
        if token in self.met:
            yield Fault.TWICE, f"the same plate is there already, in {self.met[token].name}"
        self.met[token] = source
        if door is None:
            yield Fault.EXTRA, "not in the register"
        elif door.ended:
            yield Fault.REVOKED, door.ended
        if self.bundle.listed and self.bundle.listed.get(token) is None:
            yield Fault.EXTRA, f"not listed in {manifest.NAME}"
        elif self.bundle.listed and self.bundle.listed[token] != qr.address(
                self.base_url, token, lower_host=self.lower_host):
            yield Fault.WRONG, f"{manifest.NAME} gives it the address {self.bundle.listed[token]}"

    def _note(self, source: Source | None, page: int, subject: str, findings: Iterable[Finding], *,
              place: int = 0) -> None:
        name = source.name if source else ""
        self.differences += [Difference(fault, page, subject, detail, name, place) for fault, detail in findings]


def token_in(text: str, base_url: str) -> str | None:
    """The token of an address of this installation; None for anything else. Host and path in any case."""
    ours, theirs = urlsplit(base_url), urlsplit(text)
    path = theirs.path.upper()
    if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()) or theirs.query:
        return None
    return tokens.normalise(path.removeprefix(qr.DOOR_PATH)) if path.startswith(qr.DOOR_PATH) else None


def _of_code(seen: Seen, address: str, token: str, door: Door | None) -> Iterator[Finding]:
    """What is wrong with a plate by itself."""
    if seen.text != address:
        yield Fault.WRONG, f"the code says {seen.text}, not {address}"
    if seen.again is None:
        yield Fault.UNREAD, "one decoder (ZXing) reads it, the other (WeChat's) does not"
    elif seen.again != seen.text:
        yield Fault.UNREAD, f"one decoder (ZXing) reads {seen.text}, the other (WeChat's) {seen.again}"
    yield from _of_paper(seen)
    if door and not door.ended and seen.words is not None:
        for what, value in (("village", door.village), ("door", door.door), ("token", token)):
            if "".join(value.split()) not in seen.words:
                yield Fault.WRONG, f"the {what} printed beside the code is not {value}"


def _of_paper(seen: Seen) -> Iterator[Finding]:
    """Sizes, direction and quiet zone."""
    side = min(seen.width, seen.height)
    if not seen.is_upright:
        yield Fault.TURNED, "the code does not stand upright on the page"
    if side < SMALLEST_CODE - _MEASURED:
        yield Fault.SIZE, f"the code is {side:.1f} mm wide, less than {SMALLEST_CODE:.0f}"
    elif seen.form is None and seen.is_upright:
        sizes = ", ".join(f"{size:g}" for size in sorted(set(plates.CODE_SIZE.values())))
        yield Fault.SIZE, f"the code is {seen.width:.1f} × {seen.height:.1f} mm; plates have one of {sizes}"
    if seen.module < SMALLEST_MODULE:
        yield Fault.SIZE, f"its modules are {seen.module:.2f} mm wide, less than {SMALLEST_MODULE}"
    if not seen.is_whole:
        yield Fault.SIZE, "the page ends before the plate does"
    if not seen.is_free:
        yield Fault.QUIET, f"something dark lies within {qr.QUIET_ZONE} modules of the code, or the page ends there"


def _doors(asked: Collection[str]) -> dict[str, Door]:
    """What the register knows of these tokens."""
    known, some = {}, sorted(asked)
    registered = (
        select(DoorCode.token, DoorCode.ended_at, DoorCode.replaced_by_id, Area.name, Household.door)
        .outerjoin(Household, DoorCode.household_id == Household.id)
        .outerjoin(Area, Area.code == DoorCode.village_code)
    )
    with db.engine().connect() as register:
        for first in range(0, len(some), _ASKED_AT_ONCE):
            rows = register.execute(registered.where(DoorCode.token.in_(some[first:first + _ASKED_AT_ONCE])))
            for token, ended_at, replaced_by_id, village, door in rows:
                ended = "" if ended_at is None else "revoked" if replaced_by_id is None else "replaced by a new code"
                known[token] = Door(ended, plates.village_name(village or ""), door or "")
    return known


def _wanted(sources: Sequence[Source], met: dict[str, Source]) -> set[str]:
    """Active tokens of the areas that files claim, and of the micro-grids shown by those that claim none."""
    active = (
        select(DoorCode.token).join(Household, DoorCode.household_id == Household.id).where(DoorCode.ended_at.is_(None))
    )
    wanted: set[str] = set()
    with db.engine().connect() as register:
        for area_code in {source.area_code for source in sources if source.area_code}:
            wanted.update(register.scalars(active.where(access.within(Household.microgrid_code, area_code))))
        shown = sorted(token for token, source in met.items() if not source.area_code)
        for first in range(0, len(shown), _ASKED_AT_ONCE):
            microgrids = (
                select(Household.microgrid_code).join(DoorCode, DoorCode.household_id == Household.id)
                .where(DoorCode.token.in_(shown[first:first + _ASKED_AT_ONCE]))
            )
            wanted.update(register.scalars(active.where(Household.microgrid_code.in_(microgrids))))
    return wanted
