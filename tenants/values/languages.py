"""Server-rendered pages in the person's language: as the app's switch says (a cookie), else as the browser asks.

Only the pages of decorated views: APIs answer in English, whatever a client accepts.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template import Library
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import lazy
from django.utils.html import format_html

from tenants.values.german import GERMAN

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
TEXTS: Final = {"de": GERMAN}
"""The texts of each language but English."""
register = Library()


def text(english: str) -> str:
    """The text in the language of the page."""
    return TEXTS.get(translation.get_language() or "", {}).get(english, english)


text_lazy = lazy(text, str)
"""The same, once it is shown."""


@register.simple_tag(name="text")
def text_tag(english: str, **values: object) -> str:
    """The text for a template, which takes literals only where there are values: these are escaped, the text is not."""
    return format_html(text(english), **values) if values else text(english)


def in_the_persons_language(view: Callable[Concatenate[HttpRequest, P], R]) -> Callable[Concatenate[HttpRequest, P], R]:
    """Have the view's page made in the language of its person, and say so to caches."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
        response.headers["Content-Language"] = language
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    return answered
