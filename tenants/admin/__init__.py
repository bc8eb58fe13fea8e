"""Django looks here for the admin's pages."""

from tenants.admin import people as people
