"""What every peer's script does: read the bars, and measure whenever it is its turn."""

import json
import sys
import time


def report(prepare, measured, outcome):
    """Run once for each line on standard input; print the CPU time and what came out as JSON.

    Standard input that has come to its end makes no pause between the runs.

    prepare   called once before, not measured: compiling, building frames
    measured  called with what ``prepare`` returns
    outcome   called with what ``measured`` returns; gives (number of fills, final equity)
    """
    material = prepare()
    measured(material)  # warm: compilers and caches are not what is compared
    for _ in range(int(sys.argv[2])):
        sys.stdin.readline()
        start = time.process_time()
        result = measured(material)
        seconds = time.process_time() - start
        fills, final = outcome(result)
        print(json.dumps({"s": seconds, "fills": int(fills), "final": float(final)}), flush=True)
