"""送达: the ways by which a message leaves the house, and which of them this installation has."""


def has_sms() -> bool:
    return False
