"""Pictures of dependencies: whole, readable by their programs, safe whatever titles say."""

import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.cli.pictures import Arrow, Box, Picture, dot, mermaid, svg
from syncd.text import clean_text

NASTY = 'A "quoted" <b>title</b> & more]; --> \\" end'
PICTURE = Picture(
    title="Who waits",
    boxes=[
        Box(ref="LED-88", title=NASTY, dates="9 Dec", team="ledger", url="https://tracker.test/L"),
        Box(ref="PAY-142", title="Refund flow", dates="▲ 2 Dec, expected 9 Dec +5 wd", late=True),
        Box(ref="MOB-3", title="App", dates="no date", url="javascript:alert(1)"),
    ],
    arrows=[
        Arrow(start=0, end=1, label="-5 wd", tight=True),
        Arrow(start=1, end=2, sure=False),
        Arrow(start=2, end=0, label="circle", cut=True),
    ],
)
SVG = "{http://www.w3.org/2000/svg}"


def test_dot():
    text = dot(PICTURE)
    assert 'n0 -> n1 [label="-5 wd", color=red];' in text
    assert 'n1 -> n2 [label="", style=dashed];' in text
    assert 'URL="https://tracker.test/L"' in text
    assert "javascript" not in text
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=text.encode(), check=True, capture_output=True)


def test_mermaid():
    text = mermaid(PICTURE)
    assert "  n0 -->|-5 wd| n1\n  n1 -.-> n2\n  n2 -->|circle| n0\n" in text
    assert 'n1["PAY-142<br/>Refund flow<br/>▲ 2 Dec, expected 9 Dec +5 wd"]' in text
    assert "class n1 late" in text
    (nasty,) = re.findall(r'n0\["LED-88<br/>(.*)<br/>9 Dec"\]', text)
    assert not set('"<>[]&\\') & set(nasty)


def test_svg_has_every_box_and_arrow_and_opens_links_only():
    tree = ET.fromstring(svg(PICTURE))
    texts = ["".join(one.itertext()) for one in tree.iter(f"{SVG}text")]
    assert {"LED-88 · ledger", "PAY-142", "-5 wd", "circle"} <= set(texts)
    assert len([one for one in tree.iter(f"{SVG}path") if one.get("marker-end")]) == 3
    assert [one.get("href") for one in tree.iter(f"{SVG}a")] == ["https://tracker.test/L"]
    assert [one.get("class") for one in tree.iter(f"{SVG}g")] == ["box", "late", "box"]


def test_svg_puts_what_waits_to_the_right_and_no_box_on_another():
    boxes = [Box(ref=str(n), title="", dates="") for n in range(9)]
    pairs = [(0, 3), (1, 3), (2, 4), (3, 5), (4, 5), (0, 5), (6, 7)]
    text = svg(Picture(title="", boxes=boxes, arrows=[Arrow(start=a, end=b) for a, b in pairs]))
    rects = ET.fromstring(text).findall(f".//{SVG}g/{SVG}rect")
    spots = [(int(one.get("x", "0")), int(one.get("y", "0"))) for one in rects]
    assert len(set(spots)) == 9
    assert all(spots[one][0] < spots[other][0] for one, other in pairs)


@given(st.text(max_size=30))
def test_no_title_breaks_a_picture(title):
    boxes = [Box(ref="A-1", title=clean_text(title, 200), dates="")]
    picture = Picture(title=clean_text(title, 200), boxes=boxes, arrows=[])
    ET.fromstring(svg(picture))
    assert mermaid(picture).count("\n") == 2
    assert dot(picture).count("\n") == 4


@pytest.mark.parametrize("draw", [dot, mermaid, svg])
def test_nothing_gives_an_empty_picture(draw):
    assert draw(Picture(title="", boxes=[], arrows=[]))
