"""The slip chart: what it says, where its words stand, and the same bytes on every machine."""

import hashlib
import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.pictures.palette import DARK, LIGHT
from syncd.pictures.raster import can_write, png
from syncd.pictures.slips import HEIGHT, WIDTH, SlipChart, slip_svg, slip_words

TODAY = date(2026, 11, 23)
PLAN = date(2026, 11, 24)
SLIPPING = tuple(
    (date(2026, 11, on), PLAN + timedelta(days=later))
    for on, later in ((2, 0), (4, 0), (6, 0), (9, 1), (13, 2), (18, 3), (19, 6), (23, 8))
)
CHART = SlipChart(
    name="LED-88", points=SLIPPING, planned=PLAN, today=TODAY, note="6 working days later"
)


def texts(chart: SlipChart) -> list[str]:
    return [one.text or "" for one in ET.fromstring(slip_svg(chart)).iter() if one.text]


def test_it_states_the_finding_in_words() -> None:
    assert slip_words(CHART) == (
        "Expected finish of LED-88, by day of forecast: it stood at 24 Nov until 6 Nov and has "
        "moved to 2 Dec, mostly since 18 Nov."
    )


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (SLIPPING[-2:], "it stood at 30 Nov on 19 Nov and has moved to 2 Dec."),
        (SLIPPING[:3], "it has stood at 24 Nov since 2 Nov."),
        ((*SLIPPING[2:4], (TODAY, PLAN)), "it has moved and stands at 24 Nov again."),
        (
            ((date(2025, 12, 1), PLAN), (TODAY, date(2027, 1, 4))),
            "it stood at 24 Nov on 1 Dec 2025 and has moved to 4 Jan 2027.",
        ),
    ],
)
def test_its_words_fit_what_happened(points, said: str) -> None:
    assert slip_words(replace(CHART, points=points)).endswith(f": {said}")


def test_it_shows_title_plan_and_the_newest_date() -> None:
    shown = texts(CHART)
    assert shown[0] == "Expected finish of LED-88, by day of forecast"
    assert "plan 24 Nov" in shown
    assert "2 Dec, 6 working days later" in shown
    assert {"2 Nov", "23 Nov"} <= set(shown)


def test_a_date_that_people_set_is_no_forecast() -> None:
    assert texts(replace(CHART, what="Planned date"))[0] == "Planned date of LED-88, by day"


def test_later_is_higher_and_the_line_has_a_point_for_each_day() -> None:
    dots = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', slip_svg(CHART))
    across, down = [float(x) for x, _ in dots], [float(y) for _, y in dots]
    assert len(dots) == len(SLIPPING)
    assert across == sorted(across)
    assert down == sorted(down, reverse=True)
    assert down[0] - down[-1] == pytest.approx(4 * (down[-3] - down[-1]) * 2 / 5, rel=0.01)


def test_words_do_not_lie_on_each_other() -> None:
    """The newest date stands clear of the plan's words, wherever the line ends."""
    for last in range(-6, 9):
        chart = replace(
            CHART, points=((SLIPPING[0][0], PLAN), (TODAY, PLAN + timedelta(days=last)))
        )
        places = {
            one.text: (float(one.attrib["x"]), float(one.attrib["y"]), one.attrib["text-anchor"])
            for one in ET.fromstring(slip_svg(chart)).iter()
            if one.text and (one.text.startswith("plan ") or one.text.endswith(" later"))
        }
        (_, y, side), (_, other, its) = places.values()
        assert abs(y - other) >= 16 or side != its, last


def test_a_name_that_the_fonts_cannot_write_is_left_out_of_the_picture_only() -> None:
    chart = replace(CHART, name="決済 v2")
    assert texts(chart)[0] == "Expected finish, by day of forecast"
    assert "決済 v2" in slip_words(chart)


def test_names_cannot_break_out_of_the_picture() -> None:
    chart = replace(CHART, name='</text><script>"&', note="<b>")
    assert ET.fromstring(slip_svg(chart)).tag.endswith("svg")
    assert "<script" not in slip_svg(chart)
    assert png(slip_svg(chart))


days = st.dates(date(1999, 1, 1), date(2090, 1, 1))


@given(
    st.dictionaries(days, days, min_size=2, max_size=90),
    st.none() | days,
    st.text(max_size=60).filter(str.isprintable),
)
def test_any_history_is_a_picture_with_all_words_inside(points, planned, name: str) -> None:
    chart = replace(CHART, points=tuple(sorted(points.items())), planned=planned, name=name)
    root = ET.fromstring(slip_svg(chart))
    for one in root.iter():
        if one.text:
            assert 0 <= float(one.attrib["x"]) <= WIDTH
            assert 0 <= float(one.attrib["y"]) <= HEIGHT
    for x, y in re.findall(r'c[xy]="([\d.]+)" cy="([\d.]+)"', slip_svg(chart)):
        assert 0 < float(x) < WIDTH
        assert 0 < float(y) < HEIGHT
    assert slip_words(chart)


def test_the_first_and_last_days_of_the_calendar() -> None:
    chart = replace(CHART, points=((date.min, date.min), (date.max, date.max)), planned=date.max)
    assert png(slip_svg(chart))


def test_the_picture_is_opaque_twice_its_size_and_small() -> None:
    made = png(slip_svg(CHART))
    assert made[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(made[16:20], "big"), int.from_bytes(made[20:24], "big")) == (
        2 * WIDTH, 2 * HEIGHT,
    )  # fmt: skip
    assert len(made) <= 50_000


def test_the_same_bytes_twice_and_without_any_font_of_the_machine(tmp_path) -> None:
    program = (
        "import hashlib, sys; from syncd.pictures.raster import png;"
        "print(hashlib.sha256(png(sys.stdin.read())).hexdigest())"
    )
    here = hashlib.sha256(png(slip_svg(CHART))).hexdigest()
    assert here == hashlib.sha256(png(slip_svg(CHART))).hexdigest()
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig></fontconfig>")
    elsewhere = {
        "HOME": str(tmp_path), "FONTCONFIG_FILE": str(fonts), "XDG_DATA_HOME": str(tmp_path),
        "LC_ALL": "C", "PATH": os.environ["PATH"],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program], input=slip_svg(CHART), env=elsewhere,
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == here


def test_the_words_come_from_the_shipped_fonts() -> None:
    """No letter is lost: a picture without its words is another picture."""
    svg = slip_svg(CHART)
    assert png(svg) != png(re.sub(r"<text.*?</text>", "", svg))
    assert png(svg) != png(svg.replace('font-weight="bold"', 'font-weight="normal"'))


def test_can_write_tells_what_the_fonts_have() -> None:
    """Each character that it says yes to has a shape of its own, unlike the box for the unknown."""

    def drawn(char: str) -> bytes:
        return png(
            '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
            f'<text x="9" y="28" font-size="20">&#{ord(char)};</text></svg>'
        )

    unknown, blank = drawn("\ue000"), drawn(" ")
    for char in map(chr, range(0x20, 0x2200)):
        if can_write(char) and unicodedata.category(char)[0] not in "ZCM":
            assert drawn(char) not in (unknown, blank), hex(ord(char))
    assert not can_write("決")
    assert not can_write("LED\n")


def test_both_palettes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
