"""没送到: what may go wrong on the way out, in words without an address."""

from feedback.words import N_

UNREACHED = N_("连不上对方")
REFUSED = N_("对方不收，地址或者口令可能不对")
BUSY = N_("对方说太频繁，过一会儿再发")
BROKEN = N_("对方的系统出错了")
MOVED = N_("对方转到了别的地址，没有跟过去")
UNSURE = N_("不知道对方收到没有")
"""Whoever tries again may send a second one."""
NO_WAY = N_("这里没有设这种送达方式")
UNOPENED = N_("地址打不开，请本人重新设一次")
INTERNAL = N_("这是内部网络的地址，没有放行")
NO_TLS = N_("邮件服务器不加密，没有把密码给它")
SENDER = N_("邮件服务器不认寄件人或者密码")
NO_MAILBOX = N_("邮件服务器不收这个邮箱")


class Failed(Exception):
    """A message did not go out, or `is_unsure`, perhaps it did. `is_hanging`: whoever asks that server again waits."""

    def __init__(self, fault: str, *, is_unsure: bool = False, is_hanging: bool = False) -> None:
        super().__init__(fault)
        self.fault = fault
        self.is_unsure = is_unsure
        self.is_hanging = is_hanging
