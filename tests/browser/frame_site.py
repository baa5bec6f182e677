"""The product's addresses and one page more, with everything of the frame that needs a browser to be seen working."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import RequestContext, Template
from django.urls import include, path

SAVED: list[str] = []
DONE: list[str] = []
PAGE = Template("""{% extends "base.html" %}
{% block title %}Frame{% endblock %}
{% block heading %}Frame {% state_badge "running" %}{% endblock %}
{% block scripts %}{% include "components/_chart_scripts.html" %}{% endblock %}
{% block actions %}<a class="btn btn-primary" href="#new" data-key="n">{% icon "plus" %}New frame</a>{% endblock %}
{% block content %}
<form id="story" data-autosave data-live novalidate hx-post="/frame/save"
 hx-trigger="input delay:50ms, change, autosave" hx-sync="this:queue last" hx-swap="none">
 {% csrf_token %}{% field form.name %}{% field form.kind %}
 {% include "components/_autosave.html" with form_id="story" %}</form>
<form method="post" action="/frame/done" data-confirm="Stop it?" data-confirm-verb="Stop the frame">{% csrf_token %}
 <button class="btn">Stop</button></form>
<button class="btn" type="button" hx-post="/frame/refuse" hx-swap="none" data-confirm="Sure?">Refuse</button>
<button class="btn" type="button" hx-get="/frame/out" hx-target="#kept">Out</button><div id="kept">kept</div>
<button class="btn" type="button" hx-get="/frame/part" hx-target="#modal-body" data-dialog="modal">Part</button>
<table class="table"><tbody><tr data-row><td><a href="#row">First</a></td><td id="cell">48</td></tr></tbody></table>
{% include "components/_chart.html" with id="hours" title="Per hour" option=option columns=columns rows=rows %}
{% endblock %}
""")
OPTION = {
    "xAxis": {"type": "category", "data": ["10:00", "11:00"]},
    "yAxis": {"type": "value"},
    "series": [{"type": "bar", "name": "Accepted", "color": "good", "data": [1200, 300]}],
}


class StoryForm(forms.Form):
    name = forms.CharField(help_text="Only you see it.")
    kind = forms.ChoiceField(choices=[("a", "Single"), ("b", "By property")], widget=forms.RadioSelect)


def frame(request: HttpRequest) -> HttpResponse:
    values = {"form": StoryForm(), "option": OPTION, "columns": ["Hour", "Accepted"], "rows": [["10:00", "1,200"]]}
    return HttpResponse(PAGE.render(RequestContext(request, values)))


def save(request: HttpRequest) -> HttpResponse:
    if request.POST["name"] == "wrong":
        return HttpResponse("wrong", status=422)
    SAVED.append(request.POST["name"])
    return HttpResponse(status=204)


def refuse(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p data-reason>You need the role admin.</p>", status=403)


def done(request: HttpRequest) -> HttpResponse:
    DONE.append(request.method or "")
    return redirect("/frame/")


def part(request: HttpRequest) -> HttpResponse:
    return HttpResponse('<button class="btn-close" type="button" data-close aria-label="Close"></button>The part')


urlpatterns = [
    path("frame/", frame),
    path("frame/save", save),
    path("frame/refuse", refuse),
    path("frame/out", lambda request: redirect("login")),
    path("frame/done", done),
    path("frame/part", part),
    path("", include("config.urls")),
]
