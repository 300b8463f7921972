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


def coco_tracker(arms: float, at: float) -> npt.NDArray[np.float64]:
    """Stand in for MoveNet, YOLO or the like: x and y in pixels and a score of 17 keypoints, (17, 3)."""
    figure = stick_figure(arms=arms, at=(at, 0.5))
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
    for arms in (5, 10, 15):
        poses.add_example(pose_of(coco_tracker(arms, at=0.5)), "arms_down")
        poses.add_example(pose_of(coco_tracker(160 + arms, at=0.5)), "arms_up")
    poses.calibrate()  # from here on None says: unlike anything taught
    for arms in (12, 90, 168):
        prediction = poses.classify(pose_of(coco_tracker(arms, at=0.9)))
        print(f"arms raised by {arms} degrees: {prediction.label}, nearest example {prediction.distance:.2f} away")

    # The same with 33 keypoints, many at once, as in scikit-learn: points (n, 33, 4), in image heights.
    points = np.stack([stick_figure(arms=arms).flat().reshape(33, 4) for arms in (5, 10, 160, 170)])
    fitted = PoseClassifier().fit(points, ["arms_down", "arms_down", "arms_up", "arms_up"])
    print("33 keypoints:", fitted.predict(points[1:3]))

    # Anything else, angles of joints say: one vector per example, and the metric that suits it.
    angles = KNNClassifier(k=1, metric="euclidean")
    angles.add_example([175, 178], "straight")  # left and right knee, degrees
    angles.add_example([92, 88], "bent")
    print("knees of 100 and 95 degrees:", angles.classify([100, 95]).label)


if __name__ == "__main__":
    main()
