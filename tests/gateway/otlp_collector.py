"""A collector of traces as a process of its own: `python -m tests.gateway.otlp_collector <port> <file>`.

It takes OTLP over HTTP and appends every span to the file as a line of JSON, with the resource it came from.
"""

from __future__ import annotations

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector(BaseHTTPRequestHandler):
    target: Path

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = MessageToDict(ExportTraceServiceRequest.FromString(body))
        lines = [json.dumps(span) for span in spans_of(request)] if self.path == "/v1/traces" else []
        with self.target.open("a") as file:
            file.write("".join(line + "\n" for line in lines))
        self.send_response(200 if lines else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silent."""


def spans_of(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Spans with plain attributes and the name of their service."""
    found = []
    for resource in request["resourceSpans"]:
        service = plain(resource["resource"]["attributes"])["service.name"]
        for scope in resource["scopeSpans"]:
            found += [
                {**span, "service": service, "attributes": plain(span.get("attributes", []))} for span in scope["spans"]
            ]
    return found


def plain(attributes: list[dict[str, Any]]) -> dict[str, str]:
    return {entry["key"]: str(next(iter(entry["value"].values()))) for entry in attributes}


def main() -> None:
    Collector.target = Path(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Collector).serve_forever()


if __name__ == "__main__":
    main()
