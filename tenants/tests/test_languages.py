"""Pages of the server are in the person's language; APIs answer in English."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from tenants.auth import members
from tenants.models import Tenant
from tenants.values.german import GERMAN
from tests import factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
FORM = {"username": "ada", "password": "wrong"}


def page(path: str, client: Client | None = None, accepted: str = "de-AT,de;q=0.9,en;q=0.5") -> str:
    """The page at this address; its language is as its header says, and caches know what it depends on."""
    response = (client or Client()).get(path, headers={"accept": "text/html", "accept-language": accepted})
    assert f'<html lang="{response["Content-Language"]}"' in response.text
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))
    return response.text


@pytest.mark.parametrize(
    ("path", "german", "english"),
    [
        ("/login/", "<button>Anmelden</button>", "<button>Sign in</button>"),
        ("/join/not-a-link/", "Dieser Link gilt nicht mehr", "This link does not work any more"),
        ("/nowhere/", "404 · Nicht gefunden", "404 · Not Found"),
    ],
)
def test_a_page_is_in_the_browsers_language_unless_the_switch_says_another(
    path: str, german: str, english: str
) -> None:
    chosen = Client()
    chosen.cookies["language"] = "en"

    assert german in page(path)
    assert english in page(path, accepted="fr, en;q=0.5, de;q=0.4")
    assert english in page(path, chosen)
    chosen.cookies["language"] = "de"
    assert german in page(path, chosen, "en")
    chosen.cookies["language"] = "xx"
    assert german in page(path, chosen)


def test_an_invitation_names_tenant_and_role_as_text(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(name="A <b> & {x}")
    shown = page(f"/join/{members.invite(name='Grace', role='operator')[1]}/")

    assert "Du bist zu <strong>A &lt;b&gt; &amp; {x}</strong> eingeladen, mit der Rolle Bearbeitend." in shown
    assert re.findall(r"<label[^>]*>([^<]+)<", shown) == [
        "Name",
        "E-Mail (freiwillig)",
        "Passwort",
        "Passwort bestätigen",
    ]


def test_the_errors_of_a_form_are_in_its_language(tenant: Tenant) -> None:
    said = Client().post("/login/", FORM, headers={"accept-language": "de"}).text
    assert "Der Name oder das Passwort ist falsch." in said
    assert "The name or the password is wrong." in Client().post("/login/", FORM).text


def test_a_tenant_is_chosen_in_german(tenant: Tenant) -> None:
    client = Client()
    client.force_login(factories.user(username="root", of=tenant, is_staff=True, is_superuser=True))

    assert "Wähle einen:" in page("/admin/tenant/", client)


def test_apis_answer_in_english_whatever_a_client_accepts(tenant: Tenant) -> None:
    page("/login/")
    for path, sent in (
        ("/api/nowhere/", None),
        ("/api/orders/", {"lines": [{}]}),
        ("/graphql/", {"query": "{nothing}"}),
    ):
        answers = []
        for language in ("en", "de"):
            headers = {"x-request-id": "one-request", "accept": "application/json", "accept-language": language}
            client = Client(headers=headers)
            client.cookies["language"] = language
            answers.append(client.get(path) if sent is None else client.post(path, sent, "application/json"))
        assert answers[0].json() == answers[1].json()
        assert re.search(r"\b(is|Cannot|required)\b", answers[1].text)
        assert "Content-Language" not in answers[1].headers
    assert translation.get_language() == "en"


def test_each_text_of_a_page_is_translated_and_each_translation_is_used() -> None:
    templates = "".join(path.read_text() for path in ROOT.glob("*/templates/**/*.html"))
    code = "".join(path.read_text() for path in (*ROOT.glob("*/auth/*.py"), *ROOT.glob("tenants/admin/*.py")))
    used = [match[2] for match in re.finditer(r"""(?:\{% text |\btext(?:_lazy)?\()(["'])(.+?)\1""", templates + code)]

    assert len(used) > 20
    assert [text for text in used if text not in GERMAN] == []
    for english, german in GERMAN.items():
        assert set(re.findall(r"\{\w+\}|%\(\w+\)s|</?\w+", english)) == set(
            re.findall(r"\{\w+\}|%\(\w+\)s|</?\w+", german)
        )
