"""A page of its own for the field with chips, served under the strict content security policy."""

import http.server
import json
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Locator, Page, expect

STATIC = Path(__file__).parents[2] / "static"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"
TOKENS = {
    "tokens": [
        {"source": "profile", "name": "first_name", "label": "first_name", "type": "text", "sample": "Maria"},
        {"source": "profile", "name": "First Buy", "label": "First Buy", "type": "date", "sample": "2024-02-29"},
        {"source": "profile", "name": "city", "label": "city", "type": "text", "sample": "São Paulo"},
        {"source": "event", "name": "product_name", "label": "product_name", "type": "text", "sample": "coat"},
    ]
}
PAGE = """<!doctype html><html lang="en" data-bs-theme="{theme}"><head><title>Field</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/static/favicon.svg">
<link rel="stylesheet" href="/static/vendor/tabler/tabler.min.css">
<link rel="stylesheet" href="/static/css/template-field.css">
<script type="module" src="/static/js/template-field.js"></script></head>
<body class="p-3"><main><h1>Message</h1><form id="form"><div class="mb-3">
<label class="form-label" for="body">Message</label>
<template-field tokens-url="/tokens.json"><{tag} class="form-control" id="body" name="body"
 placeholder="Write here" {attributes}</template-field></div>
<button class="btn btn-primary" type="button" id="after">After</button></form></main></body></html>"""


class Site(http.server.SimpleHTTPRequestHandler):
    pages: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        if self.path == "/tokens.json":
            self.answer("application/json", json.dumps(TOKENS))
        elif self.path in self.pages:
            self.answer("text/html; charset=utf-8", self.pages[self.path])
        else:
            self.path = self.path.removeprefix("/static")
            super().do_GET()

    def answer(self, kind: str, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: requests are no output of a test."""


class Field:
    """The field on its page, with what happened to it."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.refused: list[str] = []
        page.on("console", lambda said: self.refused.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.refused.append(str(error)))

    def page_of(self, text: str, *, tag: str = "textarea", theme: str = "light") -> str:
        escaped = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        attributes = f">\n{escaped}</textarea>" if tag == "textarea" else f'value="{escaped}">'
        Site.pages["/page"] = PAGE.format(tag=tag, theme=theme, attributes=attributes)
        return f"{self.site}/page"

    def open(self, text: str = "", *, tag: str = "textarea", theme: str = "light") -> "Field":
        with self.page.expect_response("**/tokens.json"):
            self.page.goto(self.page_of(text, tag=tag, theme=theme))
        self.page.evaluate(
            """() => { window.heard = []; for (const type of ['input', 'change'])
            document.querySelector('form').addEventListener(type, (event) =>
            window.heard.push(`${type} ${event.target.nodeName} ${event.target.value}`)) }"""
        )
        expect(self.editor).to_be_visible()
        return self

    @property
    def editor(self) -> Locator:
        return self.page.locator(".template-editor")

    @property
    def chips(self) -> Locator:
        return self.page.locator(".chip")

    @property
    def options(self) -> Locator:
        return self.page.locator(".token-option")

    @property
    def has_tokens(self) -> bool:
        return bool(self.page.evaluate("Boolean(document.querySelector('template-field').tokens)"))

    @property
    def value(self) -> str:
        return str(self.page.evaluate("document.getElementById('body').value"))

    @property
    def heard(self) -> list[str]:
        return list(self.page.evaluate("window.heard.splice(0)"))

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
