import numpy as np

from posknn.classification.evaluation import evaluate
from posknn.testing import stick_figure
from posknn.values import Label, Recording


def recording(name: str, poses: dict[Label, list[float]]) -> Recording:
    """Return a recording of stick figures: angles of the arms by label."""
    rows = [(label, stick_figure(arms=angle)) for label, angles in poses.items() for angle in angles]
    points = np.stack([np.column_stack([pose.points, pose.visibility]) for _, pose in rows])
    return Recording(points, tuple(label for label, _ in rows), times=np.arange(len(rows)) / 3 + 0.1, name=name)


def around(angle: float, count: int = 24) -> list[float]:
    return [float(one) for one in np.linspace(angle - 6, angle + 6, count)]


def advice(*recordings: Recording) -> str:
    return "\n".join(evaluate(recordings).advice)


def test_one_recording_is_not_enough() -> None:
    assert "every pose a second time" in advice(recording("one", {"down": around(10), "side": around(90)}))


def test_a_label_of_one_recording_and_a_rare_one_are_named() -> None:
    said = advice(
        recording("one", {"down": around(10), "side": around(90), "up": around(170)}),
        recording("two", {"down": around(12), "side": around(92, 4)}),
    )
    assert "Record up in a second recording" in said
    assert "fewer than" not in said
    assert "Teach more of rare" in advice(
        recording("one", {"down": around(10), "rare": [90, 94]}),
        recording("two", {"down": around(12), "rare": [92, 96]}),
    )


def test_the_worst_confusion_is_named() -> None:
    said = advice(
        recording("one", {"down": around(10), "side": around(90)}),
        recording("two", {"down": [*around(12), 88, 89, 90, 91], "side": around(92)}),
    )
    assert "of down is taken for side" in said


def test_there_is_always_something_to_say() -> None:
    days = [recording(f"day{day}", {"down": around(10 + day), "side": around(90 + day)}) for day in range(3)]
    assert evaluate(days).advice == (
        "Nothing stands out. Record another person or another place: it shows whether the figures hold there.",
    )
