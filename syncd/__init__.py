"""syncd joins the dates of Jira, GitHub and Google Calendar and tells people when they drift."""
