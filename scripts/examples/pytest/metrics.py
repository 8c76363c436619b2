"""Reports what a JUnit file counts to the run, for the gates: metrics.py REPORT.xml

A line of text for people is left beside the report.
"""

import json
import os
import sys
import xml.etree.ElementTree as tree

report = sys.argv[1]
counts = {"tests": 0, "failed": 0, "skipped": 0}
for suite in tree.parse(report).getroot().iter("testsuite"):
    counts["tests"] += int(suite.get("tests", 0))
    counts["failed"] += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    counts["skipped"] += int(suite.get("skipped", 0))

with open(os.environ["BATON_EVENTS"], "a") as events:
    for name, value in counts.items():
        events.write(json.dumps({"metric": name, "value": value}) + "\n")

name = os.path.splitext(os.path.basename(report))[0]
with open(os.path.splitext(report)[0] + ".txt", "w") as text:
    text.write("{:<14}{tests:>6} tests {failed:>4} failed {skipped:>4} skipped\n".format(name, **counts))
