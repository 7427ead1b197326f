"""Exports that people can make without a token: Jira, GitHub and calendar files."""
