"""Mail: rendered once when queued, sent by SMTP or written to an outbox folder."""
