"""Classify pictures by features of your own, without any pose: `python examples/image_features.py`.

A KNNClassifier takes any vectors. Here they say how strong the edges of each direction are in each part of the frame.
"""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import posknn
from posknn import KNNClassifier, Label, Marks, Segment, VideoFile

CLIP = Path(posknn.__file__).with_name("clips") / "poses.mp4"
SHOWN = Marks(
    [
        Segment(0.0, 1.0, "nobody"),
        Segment(1.0, 3.0, "stand"),
        Segment(3.6, 5.6, "t_pose"),
        Segment(6.2, 8.2, "arms_up"),
    ]
)


def edges(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return how strong the edges of 8 directions are in each of 6 x 8 cells of a picture: (384,)."""
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (48, 64), interpolation=cv2.INTER_AREA)
    strength, angle = cv2.cartToPolar(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1), angleInDegrees=True
    )
    row, column = np.indices(strength.shape) // 8
    place = (row * 6 + column) * 8 + (angle // 45).astype(int) % 8
    return np.asarray(np.bincount(place.ravel(), strength.ravel(), minlength=8 * 6 * 8), np.float64)


def main() -> None:
    knn = KNNClassifier(k=1)
    clip = VideoFile(CLIP)

    for frame in clip:  # teach two frames of each second
        label = SHOWN(frame.time)
        if label is not None and frame.index % 10 == 0:
            knn.add_example(edges(frame.image), label, recording=CLIP.name, time=frame.time)
    print("taught:", knn.get_count_by_label())

    asked: Counter[Label] = Counter()
    right: Counter[Label] = Counter()
    for frame in clip:  # ask about all the others
        label = SHOWN(frame.time)
        if label is not None and frame.index % 10 != 0:
            asked[label] += 1
            right[label] += knn.classify(edges(frame.image)).label == label
    for label, count in asked.items():
        print(f"{label}: {right[label]} of {count} right")


if __name__ == "__main__":
    main()
