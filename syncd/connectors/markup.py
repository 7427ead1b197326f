"""Text that may hold HTML, as calendars write descriptions."""

from __future__ import annotations

from html.parser import HTMLParser


def plain_text(html: str) -> str:
    """Text and link targets of a description, which may or may not be HTML."""
    if "<" not in html and "&" not in html:
        return html
    parser = _Stripper()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(" ")
        self.parts.extend(f"{value} " for name, value in attrs if name == "href" and value)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
