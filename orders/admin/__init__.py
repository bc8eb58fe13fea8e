"""Django looks here for the admin's pages."""

from orders.admin import bypass_admin as bypass_admin
from orders.admin import order_admin as order_admin
