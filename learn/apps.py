"""The learner's project as a Django app."""

from django.apps import AppConfig


class LearnConfig(AppConfig):
    """The harness imports each chapter in a process of its own, so that receivers of two chapters never meet."""

    name = "learn"
