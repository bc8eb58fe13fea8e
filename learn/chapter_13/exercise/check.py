"""A mail has a key, so that a repeat is folded."""

from unittest.mock import patch

import answer
from django.test import TransactionTestCase

from learn.chapter_13.task_table import Task
from learn.world import here


class RunTest(TransactionTestCase):
    def setUp(self):
        here.clear("mails")

    def task(self):
        return Task.objects.create(name="mail", arguments=[1, "created"])

    def test_repeat_after_a_death_sends_one_mail(self):
        """The worker dies before mark_done, the task runs again, and there is one mail.

        No transaction holds a mail server and a database together. Give the mail a key that the task fixes, so that the
        other side knows the repeat.
        """
        task = self.task()
        with patch.object(answer, "mark_done", side_effect=SystemExit), self.assertRaises(SystemExit):
            answer.run(task)
        answer.run(task)
        self.assertEqual(len(here.read("mails")), 1, "mails that the customer got")
        self.assertTrue(Task.objects.get().done)

    def test_another_task_sends_its_mail(self):
        """A second task about the same order sends its own mail."""
        answer.run(self.task())
        answer.run(self.task())
        self.assertEqual(len(here.read("mails")), 2)
