"""Choose settings with scikit-learn, recordings kept apart: `python examples/grid_search.py [FOLDER]`."""

import sys
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_val_score

from posknn import read_recordings
from posknn.sklearn import PoseKNN

SAMPLE = Path(__file__).parent.parent / "recordings"


def main(folder: str = str(SAMPLE)) -> None:
    # Poses, their labels and, for each, the recording it comes from: near copies never stand on both sides of a test.
    rows = [
        (points, label, group)
        for recording in read_recordings(folder)
        for points, label, group in zip(recording.points, recording.labels, recording.groups, strict=True)
        if label in ("stand", "arms_up")  # what every recording of the sample has
    ]
    points, labels, groups = (np.array(column) for column in zip(*rows, strict=True))

    search = GridSearchCV(PoseKNN(), {"k": [1, 5], "mirror": [True, False]}, cv=LeaveOneGroupOut())
    search.fit(points, labels, groups=groups)
    print("best:", search.best_params_)

    scores = cross_val_score(search.best_estimator_, points, labels, groups=groups, cv=LeaveOneGroupOut())
    for group, score in zip(sorted(set(groups.tolist())), scores.tolist(), strict=True):
        print(f"taught without {group}: {score:.0%} of it right")


if __name__ == "__main__":
    main(*sys.argv[1:])
