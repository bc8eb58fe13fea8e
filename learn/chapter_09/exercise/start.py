"""Chapter 9. A test that finds the faults of chapter 6."""

from django.test import TestCase

from learn.chapter_09.code import place_order
from learn.models import AuditLog


class EffectsTest(TestCase):
    """Passes for learn/chapter_06/safe.py, and fails for naive.py and for on_commit.py.

    ``place_order()`` places an order, ``learn.chapter_09.code.later()`` does what other processes do later.
    """

    def test_audit_record_is_written(self):
        place_order()
        self.assertEqual(AuditLog.objects.count(), 1)
