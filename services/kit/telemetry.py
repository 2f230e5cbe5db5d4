"""OpenTelemetry traces, off unless `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) names a collector.

FastAPI makes a service's request spans, the SDK batches and exports them (OTLP over HTTP); here is what neither does:
a span per SQL statement, the trace carried to other services, and nothing in a span that names a person. Addresses,
queries and callers' headers stay out: names of accounts and search texts travel in them. The route's pattern stays.

All the SDK's own `OTEL_*` variables hold (headers, sampler, batch sizes). Imported only when the switch is on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi.telemetry import TelemetryConfig
from opentelemetry import context, propagate, trace

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PERSONAL: Final = ("url.path", "url.query", "url.full", "client.address", "user_agent.original")
HIDDEN: Final = "-"
LONGEST_STATEMENT: Final = 400


class TelemetryMissing(RuntimeError):
    """Traces are switched on and the packages that export them are not installed."""


def is_on(environment: Mapping[str, str] = os.environ) -> bool:
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(environment.get(name) for name in ENDPOINTS)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One process's traces."""

    provider: TracerProvider
    tracer: trace.Tracer

    def for_fastapi(self) -> TelemetryConfig:
        """What FastAPI is told: request spans only; its logs would carry exception texts."""
        return {
            "tracer_provider": self.provider,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        }

    async def watch(self, connection: Any) -> None:
        """A span for every statement of an asyncpg connection."""
        self.watch_driver(connection)

    def watch_driver(self, connection: Any) -> None:
        connection.add_query_logger(self._note)

    def _note(self, record: Any) -> None:
        """A statement that has ended, in the context of whoever ran it. Values are bound arguments: never in its text.

        Statements outside any request (replicas, outboxes) have no span: they would be traces of nothing else.
        """
        if not trace.get_current_span().get_span_context().is_valid:
            return
        ended = time.time_ns()
        statement = " ".join(record.query.split())[:LONGEST_STATEMENT]
        attributes = {
            "db.system.name": "postgresql",
            "db.namespace": record.conn_params.database,
            "db.operation.name": statement.partition(" ")[0].rstrip(";").upper(),
            "db.query.text": statement,
        }
        span = self.tracer.start_span(
            f"SQL {attributes['db.operation.name']}",
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
            start_time=ended - int(record.elapsed * 1e9),
        )
        if record.exception is not None:
            span.set_attribute("error.type", type(record.exception).__name__)
            span.set_status(trace.StatusCode.ERROR)
        span.end(ended)

    def close(self) -> None:
        """Sends what is left, within the exporter's time-out."""
        self.provider.shutdown()


def carried() -> dict[str, str]:
    """`traceparent` of the current span, for a call to another service; empty without one."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


def telemetry_of(service: str) -> Telemetry | None:
    """This process's traces; None while the switch is off. Raises TelemetryMissing."""
    if not is_on():
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TelemetryMissing(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs the extra `telemetry` (see pyproject.toml)"
        ) from error

    class WithoutPersons(SpanProcessor):  # type: ignore[misc]  # mypy knows nothing of the SDK
        """Blanks what may name a person before anything else sees the span."""

        def on_start(self, span: Any, parent_context: context.Context | None = None) -> None:
            for name in PERSONAL:
                if name in span.attributes:
                    span.set_attribute(name, HIDDEN)

    resource = Resource.create({"service.name": f"iesspr-{service}", "service.namespace": "iesspr"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(WithoutPersons())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Telemetry(provider, provider.get_tracer("iesspr"))
