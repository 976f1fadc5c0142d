"""Async functions with hot loops, driven by hand and by asyncio."""

import asyncio


class Pause:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


def drive(coroutine):
    trail = []
    reply = None
    try:
        while True:
            trail.append(coroutine.send(reply))
            reply = len(trail)
    except StopIteration as stop:
        return trail, stop.value


def case_loop_without_await():
    async def work():
        total = 0
        for i in range(200):
            total += i
        return total

    return drive(work())


def case_await_inside_the_loop():
    async def work():
        total = 0
        for i in range(60):
            total += await Pause(i)
        return total

    return drive(work())


def case_hot_loop_between_awaits():
    async def work():
        total = 0
        for i in range(10):
            for j in range(50):
                total += j
            total += await Pause(total)
        return total

    return drive(work())


def case_exception_in_a_coroutine():
    async def inner(n):
        for i in range(100):
            n += 10 // (70 - i)
        return n

    async def outer():
        total = 0
        for i in range(5):
            total += await inner(i)
        return total

    return drive(outer())


def case_async_for_and_with():
    log = []

    class Manager:
        async def __aenter__(self):
            log.append("enter")
            return len(log)

        async def __aexit__(self, kind, value, traceback):
            log.append(kind and kind.__name__)
            return True

    class Numbers:
        def __init__(self, n):
            self.n = n

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.n:
                raise StopAsyncIteration
            self.n -= 1
            return self.n

    async def work():
        total = 0
        async for n in Numbers(60):
            async with Manager() as m:
                total += m // (n % 5)
        return total

    return drive(work()), log


def case_async_generator():
    async def numbers(n):
        for i in range(n):
            yield i
            await Pause(-i)

    async def work():
        return [i async for i in numbers(50) if i % 3]

    return drive(work())


def case_asyncio_gather():
    order = []

    async def worker(name, n):
        total = 0
        for i in range(n):
            total += i
            if i % 20 == 0:
                order.append((name, i))
                await asyncio.sleep(0)
        return total

    async def main():
        return await asyncio.gather(worker("a", 100), worker("b", 150), worker("c", 60))

    return asyncio.run(main()), order


def case_asyncio_cancel():
    state = []

    async def endless():
        n = 0
        try:
            while True:
                n += 1
                if n % 10 == 0:
                    await asyncio.sleep(0)
        except asyncio.CancelledError:
            state.append(n % 10)
            raise

    async def main():
        task = asyncio.create_task(endless())
        for _ in range(30):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            state.append("cancelled")

    asyncio.run(main())
    return state
