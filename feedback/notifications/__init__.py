"""通知: who hears of what has happened, by which way, and what became of each message. Reads events, afterwards."""
