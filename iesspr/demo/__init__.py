"""`iesspr demo`: a simulation, labelled as such, of provincial systems that push a year through the public API."""

from iesspr.demo.client import DemoFailed
from iesspr.demo.playing import play

__all__ = ["DemoFailed", "play"]
