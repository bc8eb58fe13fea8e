"""Django looks here for the admin's pages."""

from events.admin import ledger_admin as ledger_admin
from events.admin import switch_admin as switch_admin
