"""What is wrong in a template of the operators, in words for people who never saw its engine."""

from __future__ import annotations

import re

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from syncd.text import clean_text

_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (TemplateNotFound, "it builds on a template that is not there"),
    (SecurityError, "it uses what a template may not use"),
    (UndefinedError, "it shows something that this mail does not have"),
    (TemplateSyntaxError, "it cannot be read as a template"),
)
_ELSE = "what it asks for cannot be worked out"
_SAID = (
    (r"'([^']+)' is undefined", r'nothing is called "\1"'),
    (r".*has no attribute '([^']+)'", r'nothing there is called "\1"'),
    (r".*has no element (\S+)", r"the list has no element \1"),
    (r"Unexpected end of template.*'(end\w+)'.*", r"{% \1 %} is missing"),
    (r"Encountered unknown tag '([^']+)'.*", r"there is no {% \1 %}"),
    (r"No (filter|test) named '([^']+)'.*", r'there is no \1 "\2"'),
    (r"Expected an expression.*", "something is missing before the end of {% … %} or {{ … }}"),
    (r"access to attribute '([^']+)'.*", r'"\1" is not for templates'),
)


def in_words(error: BaseException) -> str:
    """`it cannot be read as a template: {% endif %} is missing`: the kind of mistake, then it."""
    kind = next((words for known, words in _KINDS if isinstance(error, known)), _ELSE)
    said = clean_text(str(error), 200)
    for pattern, words in _SAID:
        if found := re.fullmatch(pattern, said):
            return f"{kind}: {found.expand(words)}"
    return f"{kind}: {said}"
