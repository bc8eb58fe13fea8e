"""Every address."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health, pages
from config.embedded import guide_runs, traffic_switch
from graphql_api.server import server
from orders.invoices import order_documents
from tenants.admin.choice_page import choose_tenant
from tenants.auth import joining, login

admin.autodiscover()

urlpatterns = [
    path("", pages.app),
    path("import/", pages.app),
    path("lab/", pages.app),
    path("settings/", pages.app),
    path("learn/", guide_runs.page),
    path("learn/run/<int:chapter>/", guide_runs.run),
    path("demo/traffic/", traffic_switch.switch),
    path("graphql/", server.view),
    path("graphql", server.view),
    path("api/", include("orders.urls")),
    path("documents/orders/<uuid:order_id>/invoice.pdf", order_documents.invoice, name="order-invoice"),
    path("documents/mails/<uuid:delivery_id>/", order_documents.mail, name="order-mail"),
    path("login/", login.sign_in, name="login"),
    path("logout/", login.sign_out, name="logout"),
    path("tenant/", login.switch_tenant, name="switch-tenant"),
    path("join/<str:text>/", joining.join, name="join"),
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/password_change/", admin.site.admin_view(login.change_password, cacheable=True)),
    path("admin/tenant/", admin.site.admin_view(choose_tenant), name="choose-tenant"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]

handler400 = "config.http.refusals.bad_request"
handler403 = "config.http.refusals.forbidden"
handler404 = "config.http.refusals.not_found"
handler500 = "config.http.refusals.server_error"
