"""Google Calendar: events of the configured calendars, by sync tokens."""
