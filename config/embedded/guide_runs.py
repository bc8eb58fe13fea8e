"""Runs the guide's faults for the page ``/learn/``, in ``./dev up`` alone: nothing of it is there in production."""

import json
import subprocess
import sys
from asyncio import Lock, to_thread

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from graphql_api.graphiql import built_page

MOST_SECONDS = 30
one_at_a_time = Lock()


def there() -> bool:
    """Whether the guide can be run here: in the embedded default, from a whole checkout."""
    return bool(settings.EMBEDDED) and (settings.BASE_DIR / "learn" / "harness.py").exists()


def has_page(chapter: int) -> bool:
    """Whether the guide has a chapter of this number. Its pages are the only list of chapters."""
    return any((settings.BASE_DIR / "docs" / "guide").glob(f"{chapter:02}-*.md"))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The app's page, which shows the guide at this address.

    Raises:
        Http404: this is not the embedded default.
    """
    if not there():
        raise Http404
    return built_page(request, "index.html")


@csrf_exempt  # It reads no session and changes nothing; another site's page cannot send JSON here.
@require_POST
async def run(request: HttpRequest, chapter: int) -> HttpResponse:
    """Run a chapter's designs under its faults, one chapter at a time, and return the outcomes.

    Raises:
        Http404: this is not the embedded default, or there is no such chapter.
    """
    if not there() or not has_page(chapter):
        raise Http404
    if request.content_type != "application/json":
        return JsonResponse({"error": "Send JSON."}, status=415)
    if one_at_a_time.locked():
        return JsonResponse({"error": "Another run is under way."}, status=429)
    async with one_at_a_time:
        return await to_thread(answer, chapter)


def answer(chapter: int) -> HttpResponse:
    """The outcomes of a chapter, from a process of its own that may take ``MOST_SECONDS``."""
    command = [sys.executable, "-m", "learn", "run", str(chapter), "--json"]
    try:
        done = subprocess.run(  # noqa: S603  # the command is above, with a number in it
            command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True, timeout=MOST_SECONDS
        )
    except (subprocess.SubprocessError, OSError):
        return JsonResponse({"error": "The run did not end well."}, status=503)
    return JsonResponse({"outcomes": json.loads(done.stdout)})
