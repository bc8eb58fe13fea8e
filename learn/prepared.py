"""Importing this module sets Django up for the learner's project; each program of ``learn`` imports it first."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "learn.settings"
django.setup()
