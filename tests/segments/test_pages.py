"""The pages of segments, and the parts that follow what is typed."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_smoke(creator: Client) -> None:
    for address in ["/segments/", "/segments/new"]:
        answer = creator.get(address)
        assert answer.status_code == 200, answer.content
    print(answer.content.decode()[:9000])
    typed = {
        "tree.kind": "all",
        "tree.0.family": "property",
        "tree.0.property": "language",
        "tree.0.type": "text",
        "tree.0.operator": "equals",
        "tree.0.value": ["es", ""],
    }
    for fragment in ["builder", "reach", "count", "checks", "examples", "why"]:
        answer = creator.post(f"/segments/{fragment}", typed)
        print(fragment, answer.status_code, answer.content.decode())
    answer = creator.post("/segments/new", {"name": "A", "version": "1", **typed})
    print(answer.status_code, answer.headers, answer.content.decode()[:300])
    print(creator.get(answer.headers["location"]).content.decode())
    print(creator.get("/segments/").content.decode())
