"""The inbox that replies come to: read over IMAP, taken apart, understood."""
