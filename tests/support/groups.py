"""Keeps tests of one `xdist_group` on one process, which pytest-xdist 3.8 no longer does under pytest 9.2.

xdist appends the group to the item's old private `_nodeid`; pytest 9.2 keeps the id elsewhere, so nothing happens and
every process starts platforms and worlds of its own. Until xdist follows, the same is done here at the new place.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from _pytest.nodeid import NodeId


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """In a process of xdist under `--dist loadgroup`: what is asked for by `xdist_group` becomes part of the id."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is None:
            continue
        suffix = f"@{group.args[0]}"
        if not item.nodeid.endswith(suffix):
            item._id = NodeId.parse(item.nodeid + suffix)
        assert item.nodeid.endswith(suffix), "pytest keeps ids in yet another place"
