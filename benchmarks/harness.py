"""Interleaved rounds, medians of ratios, an A/A control.

Machines are noisy and drift. Every round therefore runs every case once, in an order that rotates, and two cases are
compared only within a round; the figure is the median of those ratios. A control compares a case with itself: its
distance from 1 is how much of any other ratio is noise.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Action = Callable[[], float]


@dataclass(frozen=True)
class Floor:
    """A promise about `seconds(slower) / seconds(faster)`: at least, or at most, `bound`."""

    what: str
    slower: str
    faster: str
    bound: float
    at_most: bool = False


@dataclass(frozen=True)
class Figure:
    """A promise about something that is no ratio of times, measured once after the rounds: at most `bound` units."""

    what: str
    unit: str
    measure: Callable[[], float]
    bound: float


@dataclass(frozen=True)
class Suite:
    """Cases (name → an action that returns the seconds it took) and the floors that hold between them.

    A higher throughput is a shorter time: "JSON push / limit ≥ 0.30" is `slower=limit, faster=push, bound=0.30`.
    """

    name: str
    cases: Mapping[str, Action]
    floors: Sequence[Floor]
    control: str
    rounds: int = 15
    warm_up: int = 2
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Verdict:
    floor: Floor
    median: float
    lowest: float
    highest: float

    @property
    def holds(self) -> bool:
        return self.median <= self.floor.bound if self.floor.at_most else self.median >= self.floor.bound

    def line(self) -> str:
        sign = "≤" if self.floor.at_most else "≥"
        return (
            f"  {'ok  ' if self.holds else 'FAIL'} {self.floor.what:<53} {self.median:8.2f}  "
            f"({self.lowest:.2f}–{self.highest:.2f})  floor {sign} {self.floor.bound:g}"
        )


@dataclass(frozen=True)
class Reading:
    """A figure with what was found."""

    figure: Figure
    found: float

    @property
    def holds(self) -> bool:
        return self.found <= self.figure.bound

    def line(self) -> str:
        return (
            f"  {'ok  ' if self.holds else 'FAIL'} {self.figure.what:<53} {self.found:8.2f} {self.figure.unit}  "
            f"floor ≤ {self.figure.bound:g}"
        )


CONTROL = "control A/A"


def measure(suite: Suite) -> dict[str, list[float]]:
    """Seconds of every case by round; the control case runs a second time under the name CONTROL."""
    cases = {**suite.cases, CONTROL: suite.cases[suite.control]}
    names = list(cases)
    for name in suite.cases:
        for _ in range(suite.warm_up):
            cases[name]()
    samples: dict[str, list[float]] = {name: [] for name in names}
    for number in range(suite.rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            samples[name].append(cases[name]())
    return samples


def ratios(samples: Mapping[str, Sequence[float]], slower: str, faster: str) -> list[float]:
    return [a / b for a, b in zip(samples[slower], samples[faster], strict=True)]


def judge(suite: Suite, samples: Mapping[str, Sequence[float]]) -> list[Verdict]:
    verdicts = []
    for floor in suite.floors:
        found = ratios(samples, floor.slower, floor.faster)
        verdicts.append(Verdict(floor, statistics.median(found), min(found), max(found)))
    return verdicts


def read(suite: Suite) -> list[Reading]:
    return [Reading(figure, figure.measure()) for figure in suite.figures]


def report(suite: Suite, samples: Mapping[str, Sequence[float]], verdicts: Sequence[Verdict | Reading]) -> str:
    """The table a person reads: times first, then promises, then how much of it is noise."""
    lines = [f"\n{suite.name} — {suite.rounds} rounds"]
    for name, seconds in samples.items():
        lines.append(f"  {name:<58} {statistics.median(seconds) * 1000:10.2f} ms  (min {min(seconds) * 1000:.2f})")
    lines += [verdict.line() for verdict in verdicts]
    control = ratios(samples, CONTROL, suite.control)
    lines.append(f"  control A/A: {statistics.median(control):.3f} ({min(control):.2f}–{max(control):.2f})")
    return "\n".join(lines)
