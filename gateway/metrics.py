"""Counters and times in the Prometheus text format, per upstream, method and status class."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from gateway.proxy.upstream import Upstream

BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What this process has answered since it started."""

    def __init__(self, upstreams: Iterable[Upstream]) -> None:
        self._upstreams = list(upstreams)
        self._requests: Counter[tuple[str, str, str, int]] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_S) + 1))
        self._seconds: Counter[str] = Counter()

    def count(self, upstream: str, route: str, method: str, status: int, seconds: float) -> None:
        """route: the first segment after /api/v1, which bounds the number of series."""
        self._requests[upstream, route, method, status] += 1
        self._buckets[upstream][bisect_left(BUCKETS_S, seconds)] += 1
        self._seconds[upstream] += seconds  # type: ignore[assignment]  # Counter adds floats just as well

    def text(self) -> str:
        return "\n".join([*self._request_lines(), *self._time_lines(), *self._upstream_lines(), ""])

    def _request_lines(self) -> Iterable[str]:
        yield "# TYPE iesspr_gateway_requests_total counter"
        for (upstream, route, method, status), count in sorted(self._requests.items()):
            labels = f'upstream="{upstream}",route="{route}",method="{method}",status="{status}"'
            yield f"iesspr_gateway_requests_total{{{labels}}} {count}"

    def _time_lines(self) -> Iterable[str]:
        yield "# TYPE iesspr_gateway_request_seconds histogram"
        for upstream, counts in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                total += count
                yield f'iesspr_gateway_request_seconds_bucket{{upstream="{upstream}",le="{bound}"}} {total}'
            yield f'iesspr_gateway_request_seconds_sum{{upstream="{upstream}"}} {self._seconds[upstream]:.6f}'
            yield f'iesspr_gateway_request_seconds_count{{upstream="{upstream}"}} {total}'

    def _upstream_lines(self) -> Iterable[str]:
        gauges: dict[str, Callable[[Upstream], int]] = {
            "in_flight": lambda upstream: upstream.in_flight,
            "waiting": lambda upstream: upstream.waiting,
            "circuit_open": lambda upstream: int(upstream.circuit.is_open),
        }
        for name, value in gauges.items():
            yield f"# TYPE iesspr_gateway_upstream_{name} gauge"
            for upstream in self._upstreams:
                yield f'iesspr_gateway_upstream_{name}{{upstream="{upstream.name}"}} {value(upstream)}'
