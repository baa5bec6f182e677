"""Tells a story by Segment's or RudderStack's Python library, as its users write it; prints what went wrong."""

import json
import re
import sys
from datetime import datetime
from importlib import import_module

given = json.loads(sys.argv[1])
errors: list[str] = []
client = import_module(given["library"]).Client(
    given["key"],
    host=given["host"],
    gzip=given["gzip"],
    max_retries=given["retries"],
    on_error=lambda error, batch: errors.append(str(error)),
)

for call, said in given["story"]:
    named = {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): value for name, value in said.items()}
    if "timestamp" in named:
        named["timestamp"] = datetime.fromisoformat(named["timestamp"])
    getattr(client, call)(**named)
client.shutdown()
print(json.dumps(errors))
