"""The gateway's own deadline behaves as asyncio's: late is late, and nobody else's cancelling is taken for it."""

from __future__ import annotations

import asyncio

import pytest

from gateway.proxy.deadline import Deadline


async def test_what_is_done_in_time_is_left_alone() -> None:
    with Deadline(0.05):
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)  # nothing is cancelled afterwards

    with pytest.raises(KeyError), Deadline(0.05):
        raise KeyError


async def test_what_is_late_ends_in_a_timeout() -> None:
    with pytest.raises(TimeoutError), Deadline(0.01):
        await asyncio.sleep(30)

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_an_error_on_the_way_out_of_a_late_piece_is_kept() -> None:
    async def failing() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            raise KeyError

    with pytest.raises(KeyError), Deadline(0.01):
        await failing()


async def test_whoever_cancels_the_task_is_not_taken_for_the_deadline() -> None:
    async def held() -> None:
        with Deadline(30):
            await asyncio.sleep(30)

    task = asyncio.create_task(held())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_from_outside_and_late_at_once_is_cancelled() -> None:
    async def held() -> None:
        with Deadline(0):
            await asyncio.sleep(30)

    task = asyncio.create_task(held())
    await asyncio.sleep(0)
    task.get_loop().call_soon(task.cancel)

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_deadlines_within_each_other_end_the_right_piece() -> None:
    ended: list[str] = []

    async def twice() -> None:
        try:
            async with asyncio.timeout(0):  # over long before the one around it, however slow the machine
                await asyncio.sleep(30)
        except TimeoutError:
            ended.append("inner")
            await asyncio.sleep(30)

    with pytest.raises(TimeoutError), Deadline(0.05):
        await twice()
    assert ended == ["inner"]
