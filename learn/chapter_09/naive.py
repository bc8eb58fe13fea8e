"""The handbook's test of part 9. ``TestCase`` is what ``@pytest.mark.django_db`` uses."""

from django.test import TestCase

from learn.models import AuditLog, Order


class AuditTest(TestCase):
    def test_audit_log_created_on_order_create(self):
        Order.objects.create(total=100, status="NEW")
        self.assertEqual(AuditLog.objects.count(), 1)
