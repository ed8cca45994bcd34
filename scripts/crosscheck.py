#!/usr/bin/env python3
"""The packages that users compare assay to, asked the reference's questions.

    python3 -m venv .venv
    .venv/bin/pip install -r scripts/crosscheck-requirements.txt
    .venv/bin/python scripts/crosscheck.py --light          # SciPy, scikit-learn, statsmodels, rank-bm25

writes reference/testdata/peers/<package>.jsonl, which reference/peers_test.go
reads. PyTorch, torchmetrics and transformers are gigabytes and are asked on demand:
install scripts/crosscheck-requirements-heavy.txt, and leave --light out. --check
writes nothing: it asks again and compares with the files, and fails if a question or
an integer is another or a real number has moved by more than 1e-12 of itself (where
a package searches for a minimum, more: "within") and 1e-14. Other processors and
later releases round otherwise; a formula that changed moves more. A package that is
not installed is a failure, too.

A file is one header line, one line for each named difference (three lines of Python,
run here, and what they printed) and one line a case: the operation and its choices,
what was asked, inputs, outputs. Numbers are decimal and read back to the same bits.
"""
import argparse
import contextlib
import importlib
import io
import json
import math
import os
import sys
import warnings

LIGHT = ["scipy", "sklearn", "statsmodels", "rank_bm25"]
HEAVY = ["torch", "torchmetrics", "transformers"]
FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "reference", "testdata", "peers")


def ask(name):
    """Everything that goes into a package's file, line by line, and the file."""
    peer = importlib.import_module("peers.ask_" + name)
    lines = [{"package": peer.PACKAGE, "version": peer.VERSION}]
    for difference, python in peer.DIFFERENCES.items():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec("\n".join(python), {})
        lines.append({"difference": difference, "python": python, "prints": printed.getvalue().strip()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines += peer.cases()
    return os.path.join(FOLDER, peer.PACKAGE + ".jsonl"), lines


def write(path, lines):
    os.makedirs(FOLDER, exist_ok=True)
    with open(path, "w") as f:
        f.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def drift(path, lines):
    """What a fresh run answers otherwise than the file."""
    with open(path) as f:
        had = [json.loads(line) for line in f]
    found = []
    if len(had) != len(lines):
        found.append(f"{len(lines)} lines, {len(had)} in the file")
    for number, (a, b) in enumerate(zip(had[1:], lines[1:]), 2):
        found += [f"line {number}: {where} is {now}, in the file {was}" for where, was, now in moved("", a, b, a.get("within"))]
    return had[0]["version"], found


def moved(where, a, b, within):
    """Where b is not what a is: (where, a, b)."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [found for key in a for found in moved(f"{where} {key}", a[key], b[key], within)]
    if where[-2:] != " v" and not where.startswith(" out "):
        return [] if a == b else [(where, a, b)]
    v, w = a.split(), b.split()
    return [] if len(v) == len(w) and all(same(x, y, within) for x, y in zip(v, w)) else [(where, a, b)]


def same(a, b, within):
    """Whether two numbers as written are the same, but for rounding."""
    if a == b or "?" in (a, b):
        return a == b
    x, y = float(a), float(b)
    if "." not in a + b and "e" not in a + b or not math.isfinite(x) or not math.isfinite(y):
        return False
    return abs(x - y) <= within * max(abs(x), abs(y)) + 1e-14


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--light", action="store_true", help="only " + ", ".join(LIGHT))
    args.add_argument("--check", action="store_true", help="write nothing, compare with the files")
    args.add_argument("packages", nargs="*", help="some of " + ", ".join(LIGHT + HEAVY))
    args = args.parse_args()
    failed = False
    for name in args.packages or (LIGHT if args.light else LIGHT + HEAVY):
        path, lines = ask(name)
        asked = sum("op" in line for line in lines)
        label = f"{lines[0]['package']} {lines[0]['version']}: {asked} cases"
        if not args.check:
            write(path, lines)
            print(f"{label}, {os.path.getsize(path)} bytes")
            continue
        version, found = drift(path, lines)
        print(f"{label}, {len(found)} differ from the file, which was made by {version}")
        print("".join(f"  {line}\n" for line in found[:20]), end="")
        failed = failed or bool(found)
    sys.exit(failed)


if __name__ == "__main__":
    main()
