"""Loopback servers that answer as Jira, GitHub and Google Calendar do; standard library only."""
