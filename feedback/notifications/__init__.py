"""通知: who hears of what has happened, by which way, and what became of each message. Reads events, afterwards.

The event is the outbox: `take` writes one row for each message of the events nobody has dealt with, in the timer's
own transactions; `send` sends what is due, outside of any.
"""

from feedback.notifications.outbox import take
from feedback.notifications.sending import send

__all__ = ["send", "take"]
