"""JSON on a page of the admin."""

import json
from typing import Any

from django.utils.html import format_html


def pretty(value: Any) -> str:
    """The value as indented JSON."""
    return format_html("<pre style='white-space: pre-wrap'>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
