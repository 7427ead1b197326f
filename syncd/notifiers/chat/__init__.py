"""Chat as a notifier: Slack, Teams, Mattermost, Matrix, webhooks and what else apprise knows."""
