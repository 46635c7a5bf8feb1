"""What every peer's script does: read the bars, measure, print one line of JSON."""

import json
import statistics
import sys
import time


def report(prepare, measured, outcome):
    """Print the median of several calls' CPU time, and what came out.

    prepare   called once before, not measured: compiling, building frames
    measured  called with what ``prepare`` returns
    outcome   called with what ``measured`` returns; gives (number of fills, final equity)
    """
    material = prepare()
    result = measured(material)  # warm: compilers and caches are not what is compared
    seconds = []
    for _ in range(int(sys.argv[2])):
        start = time.process_time()
        result = measured(material)
        seconds.append(time.process_time() - start)
    fills, final = outcome(result)
    print(json.dumps({"s": statistics.median(seconds), "fills": int(fills), "final": float(final)}))
