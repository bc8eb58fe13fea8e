"""``manage.py seed_demo``."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orders.demo import history
from orders.models import Order
from tenants.defaults import ensure_demo_user


class Command(BaseCommand):
    """The data of a first run: the demo login and some orders. A repeat changes nothing."""

    help = "Make the demo login and, where there is no order yet, some orders."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument(
            "--orders", type=int, default=120, help=("the number of orders to create if there are none (120)")
        )

    def handle(self, *args: Any, orders: int, **options: Any) -> None:
        """Seed the default tenant."""
        if not (settings.ORDERS_DEMO and settings.DEFAULT_TENANT):
            raise CommandError("There is no demo tenant here: ORDERS_DEMO is off, or DEFAULT_TENANT is not set.")
        ensure_demo_user()
        placed = [] if Order.objects.exists() else history.seed_first_run(orders)
        self.stdout.write(f"Placed {len(placed)} orders." if placed else "Orders exist already; none were placed.")
