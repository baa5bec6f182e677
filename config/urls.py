"""Every address of the installation: each app brings its own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("operations.urls")),
    path("", include("accounts.urls")),
    path("", include("people.urls")),
    path("segments/", include("segments.urls")),
    path("campaigns/", include("campaigns.urls")),
    path("connections/", include("connectors.urls")),
    path("admin/", admin.site.urls),
]
