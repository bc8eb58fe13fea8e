"""Chapter 9. A test that finds the faults of chapter 6."""

from contextlib import suppress
from unittest.mock import patch

from django.db import transaction
from django.test import TransactionTestCase

from learn.chapter_09.code import later, place_order
from learn.faults import RolledBack
from learn.models import AuditLog
from learn.world import here


class EffectsTest(TransactionTestCase):
    """Passes for learn/chapter_06/safe.py, and fails for naive.py and for on_commit.py."""

    def setUp(self):
        here.clear("mails")

    def test_rolled_back_order_has_no_mail(self):
        with suppress(RolledBack), transaction.atomic():
            place_order()
            raise RolledBack
        later()
        self.assertEqual(here.read("mails"), [])

    def test_lost_callback_loses_no_audit_record(self):
        with patch.object(transaction, "on_commit"):
            place_order()
        later()
        self.assertEqual(AuditLog.objects.count(), 1)
