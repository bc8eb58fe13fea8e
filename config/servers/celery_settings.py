"""The settings of Celery: those that no environment changes, and those that follow from the broker's address."""

import ssl
from typing import Any

REDIS = ("redis", "sentinel")

FIXED: dict[str, Any] = {
    "CELERY_TASK_IGNORE_RESULT": True,
    "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
    "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
    "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
    "CELERY_BROKER_CONNECTION_MAX_RETRIES": None,  # A worker waits for its broker without an end.
    # RabbitMQ keeps an exclusive queue until it knows that its worker is gone, and would refuse the worker's
    # replacement.
    "CELERY_CONTROL_QUEUE_EXCLUSIVE": False,
    "CELERY_EVENT_QUEUE_EXCLUSIVE": False,
    # A sender never waits long: what it can't send now, the dispatcher sends later.
    "CELERY_BROKER_CONNECTION_TIMEOUT": 1,
    "CELERY_TASK_PUBLISH_RETRY": False,
}


def encryption(url: str, *, authorities: list[str]) -> dict[str, Any]:
    """The options that check a broker's certificate; none if the address is not RabbitMQ's over TLS."""
    if not url.startswith("amqps"):
        return {}
    # No server_hostname would check no name, and None is the URL's.
    checked: dict[str, Any] = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}
    checked |= {"ca_certs": authorities[0]} if authorities else {}
    return {"CELERY_BROKER_USE_SSL": checked}


def transport_options(url: str, redis_options: dict[str, Any], *, prefix: str, is_own: bool) -> dict[str, Any]:
    """The options with which every process uses the broker; ``is_own``: in the memory of the embedded process."""
    if is_own:
        return {"polling_interval": 0.02}
    if url.startswith(REDIS):
        limits = {"socket_timeout": 5, "socket_connect_timeout": 1}
        return {**redis_options, **limits, "global_keyprefix": f"{prefix}:celery:"}
    return {"confirm_publish": True}


def send_options(url: str) -> dict[str, Any]:
    """The options of a sender (config.celery): one try, and at most a second for each answer of the broker."""
    options: dict[str, Any] = {"max_retries": 1, "interval_start": 0}
    if url.startswith(REDIS):
        return options | {"socket_timeout": 1}
    if url.startswith("amqp"):
        return options | {"read_timeout": 1, "write_timeout": 1}
    return options
