"""Measure examples, look for wrong labels, see what to label next: `python examples/judge_examples.py [FOLDER]`.

One label of the sample is made wrong on purpose, and found.
"""

import sys
from dataclasses import replace
from pathlib import Path

from posknn import PoseClassifier, clean, evaluate, read_recordings, suggest

SAMPLE = Path(__file__).parents[1] / "recordings"


def main(folder: str | Path = SAMPLE) -> None:
    recordings = list(read_recordings(folder))

    found = evaluate(recordings)
    print(f"macro-F1 {found.macro_f1:.2f} over {found.asked} examples, split by {found.by}")
    if found.leakage and found.leakage.flatters:
        print(f"random frames would have said {found.leakage.macro_f1:.2f}")

    first = max(recordings, key=lambda recording: len(set(recording.labels)))
    labels = list(dict.fromkeys(label for label in first.labels if label is not None))
    row = next(row for row, label in enumerate(first.labels) if label == labels[0])
    wrong = replace(first, labels=(*first.labels[:row], labels[1], *first.labels[row + 1 :]))
    others = [recording for recording in recordings if recording is not first]
    for suspect in clean([wrong, *others]).suspects:
        print(f"row {suspect.row} says {suspect.label} and looks like {suspect.suggestion or 'nothing else'}")

    known = replace(first, labels=tuple(label if label in labels[:2] else None for label in first.labels))
    for moment in suggest(PoseClassifier().learn(known), [known], 3):
        print(f"label next: {moment.time:.2f} s, which could be {moment.guess}")


if __name__ == "__main__":
    main(*sys.argv[1:])
