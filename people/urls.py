"""Addresses of the `people` app."""

from django.urls import URLPattern, path, re_path

from people import api, inbound, openapi, segment_format
from people.views import catalogue, imports, mail_events, people, tracking, unsubscribing, ways

ADDRESSES = "|".join(segment_format.ADDRESSES)

urlpatterns: list[URLPattern] = [
    path("1/upload", api.upload, name="api-upload"),
    re_path(rf"^v1/(?P<address>{ADDRESSES})$", api.segment, name="api-segment"),
    path("v1/projects/<str:key>/settings", api.segment_settings, name="api-segment-settings"),
    path("in/segment", inbound.segment, name="in-segment"),
    path("in/segment/<int:pk>", inbound.segment_signed, name="in-segment-signed"),
    path("in/mparticle", inbound.mparticle, name="in-mparticle"),
    path("in/eventbridge", inbound.eventbridge, name="in-eventbridge"),
    path("api/openapi.json", openapi.openapi, name="openapi"),
    *(path(f"{beginning}/<path:rest>", api.nothing, name="api-nothing") for beginning in ("1", "v1", "in")),
    path("u/<str:token>", unsubscribing.unsubscribe, name="unsubscribe"),
    path("o/<str:token>.gif", tracking.opened, name="open"),
    path("c/<str:token>", tracking.clicked, name="click"),
    path("mail-events/<slug:service>", mail_events.mail_events_of, name="mail-events"),
    path("people/", people.listing, name="people"),
    path("people/<int:pk>", people.person, name="person"),
    path("people/<int:pk>/timeline", people.person_timeline, name="person-timeline"),
    path("people/<int:pk>/allow-again", people.allow_again, name="person-allow-again"),
    path("people/names", catalogue.listing, name="catalogue"),
    path("people/names/people", catalogue.profile_properties, name="catalogue-people"),
    path("people/names/<int:pk>", catalogue.event, name="catalogue-event"),
    path("people/names/<int:pk>/edit", catalogue.edit_event, name="catalogue-event-edit"),
    path("people/names/properties/<int:pk>/edit", catalogue.edit_property, name="catalogue-property-edit"),
    path("people/ways-in", ways.listing, name="ways-in"),
    path("people/ways-in/<slug:slug>", ways.way_in, name="way-in"),
    path("people/ways-in/keys/<int:pk>/signing-secret", ways.signing_secret, name="signing-secret"),
    path("people/imports", imports.listing, name="imports"),
    path("people/imports/new", imports.new, name="import-new"),
    path("people/imports/<int:pk>", imports.detail, name="import"),
    path("people/imports/<int:pk>/progress", imports.progress, name="import-progress"),
    path("people/imports/<int:pk>/mapping", imports.mapping_step, name="import-mapping"),
    path("people/imports/<int:pk>/mapping/<int:place>/note", imports.mapping_note, name="import-mapping-note"),
    path("people/imports/<int:pk>/choose-again", imports.choose_again, name="import-choose-again"),
    path("people/imports/<int:pk>/people", imports.people, name="import-people"),
    path("people/imports/<int:pk>/stop", imports.stop, name="import-stop"),
    path("people/imports/<int:pk>/resume", imports.resume, name="import-resume"),
    path("people/imports/<int:pk>/problems.csv", imports.problems, name="import-problems"),
]
