"""Sections that the configurations of many tests share, as TOML."""

DANA = """
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
"""
OUTBOX = """
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
"""
AT_ONCE = """
[alerts]
adoption = false
avalanche = false
digest = false
quiet_hours = false
"""
