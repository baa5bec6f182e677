"""Addresses of the `connectors` app."""

from django.urls import URLPattern, path

from connectors import views

urlpatterns: list[URLPattern] = [
    path("", views.listing, name="connections"),
    path("new", views.kinds, name="connection-new"),
    path("new/<slug:kind>", views.new, name="connection-new-kind"),
    path("<int:pk>", views.connection, name="connection"),
    path("<int:pk>/test", views.test, name="connection-test"),
    path("<int:pk>/pause", views.pause, name="connection-pause"),
    path("<int:pk>/resume", views.resume, name="connection-resume"),
    path("<int:pk>/delete", views.delete, name="connection-delete"),
    path("<int:pk>/calls", views.calls, name="connection-calls"),
    path("<int:pk>/calls/<int:call>", views.call, name="connection-call"),
]
