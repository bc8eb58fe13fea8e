"""A consumer's library accepts our signatures, and no others; secrets at rest are encrypted."""

import time

import pytest
from django.conf import LazySettings
from standardwebhooks import Webhook, WebhookVerificationError

from webhooks import signing
from webhooks.errors import SecretLost

BODY = b'{"type":"order.created"}'


def test_the_standards_library_verifies_a_message() -> None:
    secret = signing.new_secret()
    headers = signing.headers([secret], "id-1", int(time.time()), BODY)

    assert Webhook(secret).verify(BODY, headers) == {"type": "order.created"}


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_a_changed_message_is_refused(change: str) -> None:
    secret, now = signing.new_secret(), int(time.time())
    headers = signing.headers([secret], "id-1", now, BODY)
    if change == "webhook-id":
        headers["webhook-id"] = "id-2"
    elif change == "webhook-timestamp":
        headers["webhook-timestamp"] = str(now + 1)
    body = BODY + b" " if change == "body" else BODY
    by = signing.new_secret() if change == "secret" else secret

    with pytest.raises(WebhookVerificationError):
        Webhook(by).verify(body, headers)


def test_while_secrets_overlap_consumers_with_either_accept_the_message() -> None:
    old, new = signing.new_secret(), signing.new_secret()
    headers = signing.headers([new, old], "id-1", int(time.time()), BODY)

    assert Webhook(old).verify(BODY, headers) == Webhook(new).verify(BODY, headers)
    assert len(headers["webhook-signature"].split()) == 2


def test_the_example_of_the_specification() -> None:
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'

    headers = signing.headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, message)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_stored_secret_is_read_with_its_key_and_a_later_one_with_the_former_as_fallback(
    settings: LazySettings,
) -> None:
    secret = signing.new_secret()
    stored = signing.locked(secret)
    assert secret not in stored
    assert signing.unlocked(stored) == secret

    former = settings.SECRET_KEY
    settings.SECRET_KEY = "another key, of fifty characters, for this one test"
    with pytest.raises(SecretLost):
        signing.unlocked(stored)

    settings.SECRET_KEY_FALLBACKS = [former]
    assert signing.unlocked(stored) == secret
