"""Every address of the installation: each app brings its own."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path
from django.views.generic import RedirectView
from django_q.models import Schedule

admin.site.site_title = admin.site.site_header = "Belfry"
admin.site.index_title = "Operators' pages"
# Roles are ours, and a schedule of the queue would run any function by its name.
admin.site.unregister([model for model in (Group, Schedule) if admin.site.is_registered(model)])

urlpatterns = [
    path("", include("operations.urls")),
    path("", include("accounts.urls")),
    path("", include("people.urls")),
    path("segments/", include("segments.urls")),
    path("campaigns/", include("campaigns.urls")),
    path("connections/", include("connectors.urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password")),
    path("admin/", admin.site.urls),
]
