"""Bring keypoints of another tracker, no MediaPipe needed: `python examples/own_keypoints.py`.

Poses of 33 keypoints, or fewer, go into a PoseClassifier; numbers of any other kind go into a KNNClassifier.
"""

import numpy as np
import numpy.typing as npt

from posknn import KNNClassifier, Pose, PoseClassifier, skeleton
from posknn.testing import stick_figure

COCO = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow"),
    *("right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle"),
    "right_ankle",
)
HEIGHT = 480  # of the picture, in pixels


def coco_tracker(figure: Pose) -> npt.NDArray[np.float64]:
    """Stand in for MoveNet, YOLO or the like: x and y in pixels and a score of 17 keypoints, (17, 3)."""
    return np.array([[*figure[name][:2] * HEIGHT, 0.9] for name in COCO])


def pose_of(coco: npt.NDArray[np.float64]) -> Pose:
    """Put 17 keypoints in their places among the 33; the others stay NaN: missing."""
    points = np.full((33, 4), np.nan)  # x, y, z, visibility
    for name, (x, y, score) in zip(COCO, coco, strict=True):
        points[skeleton.index(name)] = x / HEIGHT, y / HEIGHT, 0, score  # both by the height: a circle stays a circle
    return Pose.from_points(points)


def main() -> None:
    # Poses: where somebody stands and how large does not matter, and missing keypoints are left out.
    poses = PoseClassifier()
    for label, arms in (("arms_down", 10), ("arms_level", 90), ("arms_up", 170)):
        for wobble in (-5, 0, 5):
            poses.add_example(pose_of(coco_tracker(stick_figure(arms=arms + wobble))), label)
    poses.calibrate()  # from here on a label of None says: unlike anything taught
    for seen, figure in (
        ("arms up, elsewhere and smaller", stick_figure(arms=172, at=(0.9, 0.6), size=0.15)),
        ("one arm up", stick_figure(left_arm=170, right_arm=10)),
    ):
        prediction = poses.classify(pose_of(coco_tracker(figure)))
        print(f"{seen}: {prediction.label}, {prediction.distance:.2f} from an example, limit {prediction.limit:.2f}")

    # All 33 keypoints, many poses at once, as in scikit-learn: points (n, 33, 4), in image heights.
    points = np.stack([stick_figure(arms=arms).flat().reshape(33, 4) for arms in (5, 10, 15, 165, 170, 175)])
    fitted = PoseClassifier().fit(points, ["arms_down"] * 3 + ["arms_up"] * 3)
    print("33 keypoints:", fitted.predict(points[2:4]))

    # Anything else, angles of joints say: one vector per example, and the metric that suits it.
    angles = KNNClassifier(k=1, metric="euclidean")
    angles.add_example([175, 178], "straight")  # left and right knee, degrees
    angles.add_example([92, 88], "bent")
    print("knees of 100 and 95 degrees:", angles.classify([100, 95]).label)


if __name__ == "__main__":
    main()
