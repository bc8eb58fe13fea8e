"""Articles found by a part of their SKU or name."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.search import articles
from orders.search.articles import Articles, articles_like
from tenants.context import tenant_context
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def lines(tenant, other_tenant):
    """Some lines, of two tenants."""
    place_order(lines=[line(sku="TEA-SENCHA-100", name="Sencha, 100 g"), line(sku="POT", name="Teapot, Größe M")])
    place_order(lines=[line(sku="TEA-SENCHA-100", name="Sencha of last year"), line(sku="50%_off", name="")])
    with tenant_context(other_tenant.pk):
        place_order(lines=[line(sku="TEA-THEIRS", name="Their tea")])


@pytest.mark.parametrize(
    ("text", "skus", "names"),
    [
        ("sencha", ["TEA-SENCHA-100"], ["Sencha of last year", "Sencha, 100 g"]),
        ("ENCHA 100", ["TEA-SENCHA-100"], ["Sencha, 100 g"]),
        ("tea", ["TEA-SENCHA-100"], ["Teapot, Größe M"]),
        ("GRÖSSE", [], ["Teapot, Größe M"]),
        ("%_", ["50%_off"], []),
        ("sencha pot", [], []),
        (" ", [], []),
    ],
)
def test_articles_have_every_word_somewhere(text, skus, names):
    assert articles_like(text) == Articles(tuple(skus), tuple(names))


def test_each_text_is_read_once_however_many_lines_have_it():
    place_order(lines=[line(sku="POT", name="Teapot, Größe M")] * 40)
    with CaptureQueriesContext(connection) as ran:
        assert articles_like("pot").skus == ("POT",)

    assert len(ran) == 2


def test_what_is_read_and_found_is_bounded_and_the_answer_says_so(monkeypatch):
    monkeypatch.setattr(articles, "MOST_READ", 3)
    assert articles_like("sencha") == Articles(("TEA-SENCHA-100",), ("Sencha of last year", "Sencha, 100 g"))
    monkeypatch.setattr(articles, "MOST_READ", 2)
    assert articles_like("TEA") == Articles((), (), is_complete=False)  # after the first two SKUs
    monkeypatch.setattr(articles, "MOST_READ", 5_000)
    monkeypatch.setattr(articles, "MOST_FOUND", 1)
    assert articles_like("sencha") == Articles(("TEA-SENCHA-100",), ("Sencha of last year",), is_complete=False)
    assert articles_like("pot").is_complete
