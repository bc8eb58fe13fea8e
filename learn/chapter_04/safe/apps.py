"""An app that connects its receivers when Django starts."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "learn.chapter_04.safe"

    def ready(self):
        from learn.chapter_04.safe import receivers

        receivers.connect_processing()
