import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_example_names_every_setting_and_no_other() -> None:
    files = [ROOT / "config" / "settings.py", *(ROOT / "config" / "servers").glob("*.py")]
    code = "".join(path.read_text() for path in files)
    example = (ROOT / ".env.example").read_text()

    named = re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)

    assert sorted(named) == sorted(set(re.findall(r'env\.(?!gone)\w+\(\s*"([A-Z_]+)"', code)))
