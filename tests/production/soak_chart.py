"""The picture of a soak: a panel for each quantity, a line for each process. Plain SVG: no library is needed."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 720, 140, 70, 30, 60
LEGEND = 150
COLORS = ("#d1495b", "#00798c", "#edae49", "#66a182", "#8f5f9f")

Values = Sequence[tuple[float, float]]


def chart(samples: Mapping[str, Values], units: Mapping[str, str]) -> str:
    """The SVG of quantities named ``what, whose``; ``units`` by what they are. All values begin at zero."""
    panels: list[str] = []
    by_what = sorted(samples, key=lambda name: list(units).index(name.partition(", ")[0]))
    for what, names in groupby(by_what, key=lambda name: name.partition(", ")[0]):
        lines = {name.partition(", ")[2]: samples[name] for name in names}
        title = f"{what} ({units[what]})" if units[what] else what
        panels.append(panel(title, lines, TOP + len(panels) * (HEIGHT + GAP)))
    height = TOP + len(panels) * (HEIGHT + GAP)
    size = f'width="{LEFT + WIDTH + LEGEND}" height="{height}"'
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{background}{"".join(panels)}</svg>\n'


def panel(title: str, lines: Mapping[str, Values], top: float) -> str:
    """One quantity: its title, its scale, and a line with a legend for each process."""
    last = max(values[-1][0] for values in lines.values()) or 1.0
    most = max(value for values in lines.values() for _, value in values) or 1.0
    bottom = top + HEIGHT
    axis = f"M{LEFT} {top}V{bottom}H{LEFT + WIDTH}"
    parts = [
        f'<text x="{LEFT}" y="{top - 8}" font-weight="bold">{escape(title)}</text>',
        f'<path d="{axis}" stroke="#999" fill="none"/>',
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.0f}</text>',
        f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
        f'<text x="{LEFT + WIDTH}" y="{bottom + 16}" text-anchor="end">{last / 60:.1f} min</text>',
    ]
    for number, (whose, values) in enumerate(lines.items()):
        color = COLORS[number % len(COLORS)]
        points = " ".join(
            f"{LEFT + WIDTH * at / last:.1f},{bottom - HEIGHT * value / most:.1f}" for at, value in values
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>')
        place = f'x="{LEFT + WIDTH + 10}" y="{top + 12 + 18 * number}"'
        parts.append(f'<text {place} fill="{color}">{escape(whose)}</text>')
    return "".join(parts)
