"""Django looks here for the admin's pages."""

from orders.admin import order_admin as order_admin
