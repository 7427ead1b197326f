"""The report: one file that shows a program whole, and the week as leaders read it. Pure."""
