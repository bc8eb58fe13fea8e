"""Tests that make each fault and ask for the effects. They know nothing of how the effects are made."""

from contextlib import suppress
from unittest.mock import patch

from django.db import transaction
from django.test import TransactionTestCase

from learn import counting, faults
from learn.chapter_09 import code
from learn.world import here


class EffectsTest(TransactionTestCase):
    def setUp(self):
        here.mail_is_down = False
        here.clear("mails")

    def effects(self):
        code.later()
        return {name: counting.effects(["audit", "mail"])[name] for name in ("orders", "lost", "doubled", "false")}

    def test_order_has_its_effects(self):
        code.place_order()
        self.assertEqual(self.effects(), {"orders": 1, "lost": 0, "doubled": 0, "false": 0})

    def test_rolled_back_order_has_none(self):
        with suppress(faults.RolledBack), transaction.atomic():
            code.place_order()
            raise faults.RolledBack
        self.assertEqual(self.effects(), {"orders": 0, "lost": 0, "doubled": 0, "false": 0})

    def test_lost_callback_loses_nothing(self):
        with patch.object(transaction, "on_commit"):  # The process died before the callback ran.
            code.place_order()
        self.assertEqual(self.effects(), {"orders": 1, "lost": 0, "doubled": 0, "false": 0})

    def test_dead_mail_server_stops_no_order(self):
        here.mail_is_down = True
        with suppress(ConnectionError), transaction.atomic():
            code.place_order()
        here.mail_is_down = False
        self.assertEqual(self.effects(), {"orders": 1, "lost": 0, "doubled": 0, "false": 0})
