"""A program whose use of processor and memory changes, for the charts."""

import math
import time

began = time.monotonic()
prices = bytearray()
while True:
    minutes = (time.monotonic() - began) / 60
    busy = 0.04 + 0.03 * math.sin(minutes) + (0.1 if minutes % 9 < 1 else 0)
    end = time.monotonic() + busy
    while time.monotonic() < end:
        pass
    size = int(2e7 + 1e7 * math.sin(minutes / 4) + 1e6 * minutes)
    prices = prices[:size] + bytes(max(0, size - len(prices)))
    time.sleep(1 - busy)
