"""翻页: where a page of a list goes on: behind an instant and an id, as an address carries them."""

from datetime import UTC, datetime


def key_of(instant: datetime, id_: int) -> str:
    """What the address of the next page says."""
    return f"{int(instant.timestamp())}-{id_}"


def keyset(text: str) -> tuple[datetime, int] | None:
    """The instant and the id behind which a page begins; None for what no page of ours ever said."""
    seconds, _, number = text.partition("-")
    if not (seconds.isdecimal() and number.isdecimal() and len(seconds) <= 11 and len(number) <= 18):
        return None
    return datetime.fromtimestamp(int(seconds), UTC), int(number)
