"""The learner's tests fail where they should, and pass where they should."""

import importlib
import io
import unittest

import answer
from django.db.models.signals import post_save

from learn.chapter_09 import code
from learn.models import AuditLog, Delivery, Event, Order
from learn.world import here


class TestsTest(unittest.TestCase):
    def failed(self, design):
        """How many of the learner's tests fail for a design of chapter 6."""
        post_save.receivers.clear()
        post_save.sender_receivers_cache.clear()
        for model in (Delivery, Event, AuditLog, Order):
            model.objects.all().delete()
        here.clear("under test")
        here.write("under test", design)
        importlib.reload(code.design())
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(answer.EffectsTest)
        result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
        self.assertGreater(result.testsRun, 0)
        return len(result.failures) + len(result.errors)

    def test_passes_for_the_safe_design(self):
        """Every test of yours passes for safe.py.

        TestCase is one transaction that never commits, so on_commit callbacks do not run. Take TransactionTestCase.
        """
        self.assertEqual(self.failed("safe"), 0)

    def test_finds_the_fault_of_post_save(self):
        """A test of yours fails for naive.py.

        Place an order inside transaction.atomic(), raise, and ask for mails: here.read("mails").
        """
        self.assertGreater(self.failed("naive"), 0)

    def test_finds_the_fault_of_on_commit(self):
        """A test of yours fails for on_commit.py, and not all of them.

        Replace transaction.on_commit by a mock: that is a process that died. Then call later() and count.
        """
        count = unittest.defaultTestLoader.loadTestsFromTestCase(answer.EffectsTest).countTestCases()
        self.assertIn(self.failed("on_commit"), range(1, count))
