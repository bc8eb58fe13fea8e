"""The service writes once for each key, and a failure keeps no key."""

from answer import write_audit_log
from django.db import IntegrityError
from django.test import TransactionTestCase

from learn.chapter_05 import safe  # noqa: F401  # its model is the answer's
from learn.models import AuditLog


class AuditTest(TransactionTestCase):
    def test_repeat_writes_nothing(self):
        """Called twice with one key, the service writes one record.

        Keep the key in a table where it is unique: Recorded of learn/chapter_05/safe.py. get_or_create returns
        whether it is new.
        """
        for _ in range(2):
            write_audit_log("ORDER_PAID", 1, "paid-1")
        self.assertEqual(AuditLog.objects.count(), 1)

    def test_other_key_writes(self):
        """Another key gets a record of its own."""
        write_audit_log("ORDER_PAID", 1, "paid-1")
        write_audit_log("ORDER_PAID", 2, "paid-2")
        self.assertEqual(AuditLog.objects.count(), 2)

    def test_failure_can_be_repeated(self):
        """If the record could not be written, a repeat writes it.

        Key and record belong together: one transaction, so that a failure takes the key back.
        """
        with self.assertRaises(IntegrityError):
            write_audit_log(None, 1, "paid-1")
        write_audit_log("ORDER_PAID", 1, "paid-1")
        self.assertEqual(AuditLog.objects.count(), 1)
