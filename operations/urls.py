"""Addresses of the `operations` app."""

from django.urls import path

from operations import views

urlpatterns = [
    path("", views.home, name="home"),
    path("workers-light", views.workers_light, name="workers-light"),
    path("health", views.health_answer, name="health"),
]
