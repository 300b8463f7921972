"""Be told by your webcam after 10 s of slouching: `python examples/posture_teacher.py`; Ctrl-C ends.

It first asks you to show "upright" and "slouch", hands-free, then watches. No picture is stored or sent anywhere.
"""

from collections.abc import Callable
from contextlib import suppress

from posknn import Camera, Countdown, Ema, Pipeline, PoseClassifier, PoseTracker, Recorder, Result, run
from posknn.values import Source, Tracker


class SlouchAlarm:
    """Tell once per slouch when it has lasted for `hold` seconds; not slouching for up to `glance` s is no end of it.

    `tell` is called with how long the slouch has lasted and the time, both in seconds.
    """

    def __init__(self, tell: Callable[[float, float], object], *, hold: float = 10.0, glance: float = 2.0) -> None:
        self._tell = tell
        self._hold = hold
        self._glance = glance
        self._start = 0.0  # when the slouch began
        self._last = float("-inf")  # when it was last seen
        self._told = False

    def __call__(self, result: Result) -> None:
        if result.label != "slouch":
            return
        time = result.frame.time
        if time - self._last > self._glance:
            self._start, self._told = time, False
        self._last = time
        if time - self._start >= self._hold and not self._told:
            self._told = True
            self._tell(time - self._start, time)


def main(
    source: Callable[[], Source] = Camera,
    tracker: Callable[[], Tracker] = PoseTracker,
    *,
    countdown: float = 3.0,
    seconds: float = 8.0,
) -> None:
    classifier = PoseClassifier()
    teacher = Countdown(("upright", "slouch"), countdown=countdown, seconds=seconds)
    said = ""

    def prompt(_: Result) -> None:
        nonlocal said
        if teacher.message != said:
            said = teacher.message
            print(said, flush=True)

    with suppress(KeyboardInterrupt):
        # Teach: the countdown ends this run when every label had its turn.
        run(source(), Pipeline(tracker(), classifier), Recorder(classifier, teacher), prompt)
        counts = classifier.get_count_by_label()
        if missing := [label for label in teacher.labels if label not in counts]:
            print(f"I did not see you {' or '.join(map(str, missing))}: keep head and shoulders in the picture")
            return
        classifier.calibrate()  # learn what is unlike both, such as getting up
        # classifier.save("posture.posknn") would spare you the lesson tomorrow: PoseClassifier.load("posture.posknn")

        # Watch.
        print("watching, Ctrl-C ends", flush=True)
        alarm = SlouchAlarm(
            lambda lasted, time: print(f"\aSit up! {lasted:.0f} s slouched, at {time:.1f} s", flush=True)
        )
        run(source(), Pipeline(tracker(), classifier, Ema(0.5)), alarm)


if __name__ == "__main__":
    main()
