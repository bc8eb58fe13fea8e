"""A chapter's run as pictures: each fault with its designs side by side, and the same as an animation, step by step."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page

STEP_MS, LAST_MS = 600, 4_000
SHOW = """(fault, shown) => {
    const steps = shown ?? Infinity;
    for (const list of fault.querySelectorAll(".timeline"))
        [...list.children].forEach((step, place) => { step.style.visibility = place < steps ? "visible" : "hidden" });
    for (const design of fault.querySelectorAll(".design .badge"))
        design.style.visibility = steps === Infinity ? "visible" : "hidden";
}"""


def record(page: Page, folder: Path, name: str) -> list[Path]:
    """Write a picture and an animation of each fault that the page has run; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for fault in page.locator(".fault").all():
        path = folder / f"{name}-{fault.get_by_role('heading').first.inner_text().replace(' ', '-')}.png"
        fault.evaluate("fault => fault.style.padding = '1rem'")
        fault.screenshot(path=path)
        written += [path, animation(fault, path.with_suffix(".gif"))]
    return written


def animation(fault: Locator, path: Path) -> Path:
    """Write a GIF in which the steps of all designs appear one after the other, and then how each design ended."""
    longest = max(timeline.locator("li").count() for timeline in fault.locator(".timeline").all())
    frames = [frame(fault, steps) for steps in range(longest + 1)] + [frame(fault, None)]
    times = [STEP_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=times, loop=0)
    return path


def frame(fault: Locator, steps: int | None) -> Image.Image:
    """The fault after its first steps, or when all has happened."""
    fault.evaluate(SHOW, steps)
    picture = Image.open(BytesIO(fault.screenshot())).convert("RGB")
    return picture.quantize(256, dither=Image.Dither.NONE)
