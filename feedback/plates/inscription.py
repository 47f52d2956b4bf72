"""铭文: what is written on one plate, and whether the fonts at hand can draw it. The code joins it last."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from feedback import tokens
from feedback.fonts import Style, Used
from feedback.plates.shapes import DAI, Colour
from feedback.qr import Matrix

TITLE = "户廉码"
PURPOSE = "问事 说事 监督"
"""What it is for, in at most twelve characters; a township may publish its own words."""

CALL, CALL_BRIEFLY = "打电话也行", "电话"
OPEN, OPEN_BRIEFLY = "打开网址", "网址"
TYPE, TYPE_BRIEFLY = "输入门码", "门码"
_LABELS = CALL + CALL_BRIEFLY + OPEN + OPEN_BRIEFLY + TYPE + TYPE_BRIEFLY

_OFFICES = (
    ("村村民委员会", "村"), ("村民委员会", "村"), ("村村委会", "村"), ("村委会", "村"),
    ("社区居民委员会", "社区"), ("社区居委会", "社区"),
)


@dataclass(frozen=True, kw_only=True)
class Inscription:
    """The words of one plate. Without a hotline that row is left out."""

    village: str
    door: str
    token: str
    host: str
    hotline: str = ""
    purpose: str = PURPOSE
    title: str = TITLE
    field: Colour = DAI

    @property
    def name(self) -> str:
        """How people speak of it: village and door."""
        return f"{self.village} {self.door}"

    def use(self, used: Used) -> None:
        """Notes every character on it, by the style it is drawn in."""
        used.add(Style.SONG, self.title, self.village, self.door)
        used.add(Style.HEI, _LABELS)
        used.add(Style.HEI_BOLD, self.purpose, self.hotline, self.host, tokens.grouped(self.token))


@dataclass(frozen=True, kw_only=True)
class Plate(Inscription):
    """The words of one plate, and its code."""

    matrix: Matrix


def host(base_url: str) -> str:
    """What a person types into a browser: host and port, in lower case."""
    return urlsplit(base_url).netloc.lower()


def village_name(name: str) -> str:
    """The village as people say it: 汪巷村委会 is 汪巷村, 正蒙社区居委会 is 正蒙社区."""
    for office, place in _OFFICES:
        if name.endswith(office):
            return name.removesuffix(office) + place
    return name
