"""iCalendar: calendars that anybody publishes at an address, read as Google's are."""
