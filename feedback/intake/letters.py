"""来信: what she wrote on the form, exactly as she typed it, and what is still missing in it.

Nothing here is stored and nothing is changed in what she typed: `clean` values are worked out beside it. Each
thing that is missing or can't be understood is one sentence that belongs to one field.
"""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from feedback import phones, receipts, sealing
from feedback.contents import Taken
from feedback.errors import Refusal
from feedback.models.kinds import About, AnswerBy, Kind
from feedback.words import N_

TEXT_LENGTH = 4000  # characters; three handwritten pages
NAME_LENGTH = 40
UNTICKED = {"", "0", "no", "false", "off"}


@dataclass
class Letter:
    """One form as it was sent. Strings are as she typed them; the clean ones are properties."""

    door: str
    """Names the door for its receipt: the token in the address, or the desk's own word for 代录."""
    receipt: str = ""
    """The hidden field for the next showing of this form."""
    kind: str = ""
    text: str = ""
    name: str = ""
    phone: str = ""
    about: str = ""
    answer_by: str = ""
    urgent: bool = False
    no_door: bool = False
    also: str = ""
    """我也遇到: what the door offered her to join, as its form named it."""
    form: receipts.Form | None = None
    renewed_from: receipts.Form | None = None
    uploads: Sequence[bytes] = ()
    key: bytes | None = None
    """The key its photos are sealed under: the draft's, or a new one."""
    taken: Taken = field(default_factory=Taken)
    waiting: int = 0
    """How many photos already wait with the form."""

    @property
    def words(self) -> str:
        """Her words without control characters, line ends as \\n."""
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n")
        return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) != "Cc").strip()

    @property
    def clean_name(self) -> str:
        return " ".join("".join(sign for sign in self.name if sign.isprintable()).split())

    @property
    def clean_phone(self) -> str:
        return phones.plain(self.phone)

    @property
    def photo_count(self) -> int:
        """Photos that would be filed with it."""
        return self.waiting + len(self.taken.stored)

    def renew(self) -> None:
        """Gives the form a new receipt; everything else stays."""
        self.renewed_from = self.form
        self.receipt = receipts.mint(self.door)
        self.form = receipts.opened(self.receipt, self.door)

    def digest(self, key: bytes) -> bytes:
        """An HMAC of everything she wrote (32 bytes), to tell the same letter from another one."""
        facts = [self.kind, self.words, self.clean_name, self.clean_phone, self.about, self.answer_by,
                 self.urgent, self.no_door, *([self.also] if self.also else [])]
        written = json.dumps(facts, ensure_ascii=False).encode()
        return hmac.digest(sealing.derive(key, "letter"), written, hashlib.sha256)


def blank(door: str) -> Letter:
    """A form nobody has written on, with its receipt."""
    letter = Letter(door)
    letter.renew()
    letter.renewed_from = None
    return letter


def read(fields: Mapping[str, str], door: str) -> Letter:
    """The letter in the fields of a form that was sent at this door."""
    letter = Letter(door, receipt=fields.get("receipt", "").strip())
    letter.form = receipts.opened(letter.receipt, door)
    for name in ("kind", "text", "name", "phone", "about", "answer_by", "also"):
        setattr(letter, name, fields.get(name, ""))
    letter.urgent = fields.get("urgent", "").lower() not in UNTICKED
    letter.no_door = fields.get("no_door", "").lower() not in UNTICKED
    return letter


def faults(letter: Letter) -> list[Refusal]:
    """What keeps the letter from being filed, each for one field, in the order of the form."""
    found: list[tuple[str, str | None]] = [
        ("kind", None if letter.kind in set(Kind) else N_("选一样：咨询、求助、投诉还是建议")),
        ("text", _trouble_with_words(letter)),
        ("name", N_("称呼太长了，请写短一点") if len(letter.clean_name) > NAME_LENGTH else None),
        ("phone", _trouble_with_phone(letter)),
        ("answer_by", _trouble_with_answer(letter)),
        ("about", None if letter.about in {"", *About} else N_("请再选一次说的是谁")),
    ]
    return [Refusal(sentence, field=name) for name, sentence in found if sentence is not None]


def _trouble_with_words(letter: Letter) -> str | None:
    if len(letter.words) > TEXT_LENGTH:
        return N_("字太多了，最多 4000 字。先送要紧的，其余的送出以后可以补充")
    if not (letter.words or letter.photo_count or letter.clean_phone):
        return N_("写几个字，或拍张照片，或留个电话，有一样就行")
    return None


def _trouble_with_phone(letter: Letter) -> str | None:
    if letter.clean_phone:
        return phones.trouble_with(letter.clean_phone)
    if letter.answer_by == AnswerBy.PHONE:
        return N_("想听电话答复，请留个电话")
    return None


def _trouble_with_answer(letter: Letter) -> str | None:
    if letter.answer_by not in {"", *AnswerBy}:
        return N_("请再选一次想怎么知道结果")
    if letter.answer_by == AnswerBy.VISIT and letter.no_door:
        return N_("不留门牌就没法上门，请选电话或只在这里看")
    return None


# ---------------------------------------------------------------- why a letter was not filed


class NotFiled(Refusal):
    """The letter was not filed; it is shown again with every word, and `faults` say what to do."""

    faults: Sequence[Refusal] = ()


class Incomplete(NotFiled):
    """Something is missing or can't be understood."""

    def __init__(self, faults: Sequence[Refusal]) -> None:
        super().__init__(N_("还差 {count} 处，写好的都还在"), count=len(faults))
        self.faults = faults


class Renewed(NotFiled):
    """The form was older than a day, or not one of this door; it has a new receipt now."""

    def __init__(self) -> None:
        super().__init__(N_("这一页放得久了，已经换成新的。您写的都还在，请再按一次送出"))


class UsedReceipt(NotFiled):
    """The receipt stands for another letter already; nothing was stored."""

    status = 409

    def __init__(self) -> None:
        super().__init__(N_("这一页已经送出过一次，内容和现在的不一样。刚写的还没有送出，要送就作为新的诉求"))
