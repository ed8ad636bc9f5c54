"""How the peers of `bench-encoder` are timed, and how they say it."""

import json
import resource
import sys
import time


def timed(call, seconds):
    """Milliseconds of each call, after a few to warm up."""
    for _ in range(3):
        call()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {
        "min": times[0],
        "p50": times[len(times) // 2],
        "p99": times[min(len(times) - 1, len(times) * 99 // 100)],
        "calls": len(times),
    }


def report(arithmetic, load_ms, one, texts, batch):
    """Prints the figures; `one` by number of tokens, `batch` the times of `texts` texts together."""
    figures = {
        "arithmetic": arithmetic,
        "load_ms": load_ms,
        "peak_resident_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "one_ms": one,
        "batch_texts_per_second": 1000 * texts / batch["p50"],
    }
    json.dump(figures, sys.stdout)
