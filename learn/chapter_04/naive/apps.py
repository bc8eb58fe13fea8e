"""An app that forgets ``ready``."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "learn.chapter_04.naive"
