"""诉求的说法: every closed list of words a case uses, each with its Chinese label."""

from enum import StrEnum

from feedback.words import N_


class Kind(StrEnum):
    """What she says it is."""

    ENQUIRY = "enquiry"
    HELP = "help"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"

    @property
    def label(self) -> str:
        return {
            Kind.ENQUIRY: N_("咨询"),
            Kind.HELP: N_("求助"),
            Kind.COMPLAINT: N_("投诉"),
            Kind.SUGGESTION: N_("建议"),
        }[self]


VISITED_KINDS = frozenset({Kind.HELP, Kind.COMPLAINT})
"""Kinds for which somebody comes to the door, unless she asked otherwise."""


class Status(StrEnum):
    """Where a case stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    REPORTED_BACK = "reported_back"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return {
            Status.NEW: N_("待受理"),
            Status.ASSIGNED: N_("待响应"),
            Status.IN_PROGRESS: N_("办理中"),
            Status.REPORTED_BACK: N_("已反馈"),
            Status.CLOSED: N_("已办结"),
        }[self]


class Action(StrEnum):
    """What may be done to a case; `workflow.TABLE` says when, `workflow.WHO` by whom."""

    SUBMIT = "submit"
    ASSIGN = "assign"
    RESPOND = "respond"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    CLASSIFY = "classify"
    ASK = "ask"
    ANSWER = "answer"
    ADD = "add"
    NOTE = "note"
    REVEAL = "reveal"
    VISIT = "visit"
    REPORT_BACK = "report_back"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    RATE = "rate"
    WITNESS = "witness"
    FOLLOW_UP = "follow_up"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    TRANSFER = "transfer"
    SEND_BACK = "send_back"
    ESCALATE = "escalate"
    RECUSE = "recuse"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse_extension"
    REMIND = "remind"
    SUPERVISE = "supervise"
    ANSWER_SUPERVISION = "answer_supervision"
    END_SUPERVISION = "end_supervision"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide_appeal"
    DECLINE = "decline"
    MERGE = "merge"
    UNMERGE = "unmerge"
    REOPEN = "reopen"
    REISSUE_RECEIPT = "reissue_receipt"
    HIDE = "hide"
    ERASE = "erase"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    Action.SUBMIT: N_("提交"),
    Action.ASSIGN: N_("派单"),
    Action.RESPOND: N_("响应"),
    Action.HAND_OVER: N_("交接"),
    Action.RELEASE: N_("放回"),
    Action.CLASSIFY: N_("改类"),
    Action.ASK: N_("询问"),
    Action.ANSWER: N_("答复"),
    Action.ADD: N_("补充"),
    Action.NOTE: N_("内部备注"),
    Action.REVEAL: N_("看联系方式"),
    Action.VISIT: N_("上门"),
    Action.REPORT_BACK: N_("反馈"),
    Action.CONFIRM: N_("确认"),
    Action.DISPUTE: N_("不满意"),
    Action.RATE: N_("评价"),
    Action.WITNESS: N_("证实"),
    Action.FOLLOW_UP: N_("回访"),
    Action.WITHDRAW: N_("撤回"),
    Action.CLOSE: N_("静默办结"),
    Action.TRANSFER: N_("转办"),
    Action.SEND_BACK: N_("退回"),
    Action.ESCALATE: N_("升级"),
    Action.RECUSE: N_("回避"),
    Action.ASK_EXTENSION: N_("申请延期"),
    Action.EXTEND: N_("批准延期"),
    Action.REFUSE_EXTENSION: N_("不批延期"),
    Action.REMIND: N_("催办"),
    Action.SUPERVISE: N_("督办"),
    Action.ANSWER_SUPERVISION: N_("回复督办"),
    Action.END_SUPERVISION: N_("结束督办"),
    Action.APPEAL: N_("申诉"),
    Action.DECIDE_APPEAL: N_("答复申诉"),
    Action.DECLINE: N_("不予受理"),
    Action.MERGE: N_("并案"),
    Action.UNMERGE: N_("拆案"),
    Action.REOPEN: N_("重办"),
    Action.REISSUE_RECEIPT: N_("补发查询码"),
    Action.HIDE: N_("屏蔽"),
    Action.ERASE: N_("删除个人信息"),
}


class About(StrEnum):
    """Whose service a case is about; it is routed past all of them."""

    GUARDIAN = "guardian"
    CADRE = "cadre"

    @property
    def label(self) -> str:
        return {About.GUARDIAN: N_("守护人"), About.CADRE: N_("村干部")}[self]


class AnswerBy(StrEnum):
    """How she wants the answer."""

    PHONE = "phone"
    VISIT = "visit"
    PAGE = "page"

    @property
    def label(self) -> str:
        return {
            AnswerBy.PHONE: N_("电话"),
            AnswerBy.VISIT: N_("上门"),
            AnswerBy.PAGE: N_("只在这里看"),
        }[self]


class Channel(StrEnum):
    """How a case came in. Everything but DOOR was typed by staff on her behalf."""

    DOOR = "door"
    IN_PERSON = "in_person"
    BY_PHONE = "by_phone"
    ON_PAPER = "on_paper"

    @property
    def label(self) -> str:
        return {
            Channel.DOOR: N_("扫码"),
            Channel.IN_PERSON: N_("当面说"),
            Channel.BY_PHONE: N_("打电话说"),
            Channel.ON_PAPER: N_("写在纸上"),
        }[self]


class Contact(StrEnum):
    """How contact was made."""

    PHONE = "phone"
    IN_PERSON = "in_person"
    MESSAGE = "message"

    @property
    def label(self) -> str:
        return {
            Contact.PHONE: N_("打了电话"),
            Contact.IN_PERSON: N_("当面说的"),
            Contact.MESSAGE: N_("在这里留言"),
        }[self]


class Outcome(StrEnum):
    """How it ended. The first four are a report_back's; the rest end a case another way."""

    RESOLVED = "resolved"
    EXPLAINED = "explained"
    NOT_POSSIBLE_NOW = "not_possible"
    OUT_OF_SCOPE = "out_of_scope"
    DECLINED = "declined"
    INVALID = "invalid"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"

    @property
    def label(self) -> str:
        return {
            Outcome.RESOLVED: N_("办好了"),
            Outcome.EXPLAINED: N_("讲清楚了"),
            Outcome.NOT_POSSIBLE_NOW: N_("眼下办不了"),
            Outcome.OUT_OF_SCOPE: N_("不归这里管"),
            Outcome.DECLINED: N_("不予受理（不归这里管）"),
            Outcome.INVALID: N_("无效（空白、试用、谩骂）"),
            Outcome.WITHDRAWN: N_("撤回了"),
            Outcome.MERGED: N_("并到另一件"),
        }[self]


ANSWERED_BY_STAFF = frozenset({Outcome.RESOLVED, Outcome.EXPLAINED, Outcome.NOT_POSSIBLE_NOW, Outcome.OUT_OF_SCOPE})
EXCLUDED = frozenset({Outcome.DECLINED, Outcome.INVALID, Outcome.WITHDRAWN, Outcome.MERGED})
"""Outcomes that take a case out of the counted ones (received − excluded = counted)."""


class Answer(StrEnum):
    """Her last word on whether it is solved."""

    SOLVED = "solved"
    ACCEPTED = "accepted"
    NOT_SOLVED = "not_solved"

    @property
    def label(self) -> str:
        return {
            Answer.SOLVED: N_("解决了"),
            Answer.ACCEPTED: N_("没解决，可以接受"),
            Answer.NOT_SOLVED: N_("没解决"),
        }[self]
