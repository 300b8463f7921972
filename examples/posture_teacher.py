"""Be told by your webcam after 10 s of slouching: `python examples/posture_teacher.py`; Ctrl-C ends.

It first asks you to show "upright" and "slouch", hands-free, then watches. No picture is stored or sent anywhere.
"""

import sys
from collections.abc import Callable
from contextlib import suppress

from posknn import Camera, Countdown, Ema, Pipeline, PoseClassifier, PoseTracker, PosknnError, Recorder, Result, run
from posknn.values import Source, Tracker


class SlouchAlarm:
    """Call `tell` with the time, once per slouch, when there were `hold` seconds of slouching.

    A glance elsewhere of up to `glance` seconds does not end a slouch, but is not counted either.
    """

    def __init__(self, tell: Callable[[float], object], *, hold: float = 10.0, glance: float = 2.0) -> None:
        self._tell = tell
        self._hold = hold
        self._glance = glance
        self._time = 0.0  # of the frame before
        self._last = float("-inf")  # when slouching was last seen
        self._slouched = 0.0  # seconds
        self._told = False

    def __call__(self, result: Result) -> None:
        """Take the result of one frame."""
        time = result.frame.time
        step, self._time = time - self._time, time
        if result.label != "slouch":
            return
        if time - self._last <= self._glance:
            self._slouched += step
        else:
            self._slouched, self._told = 0.0, False
        self._last = time
        if self._slouched >= self._hold and not self._told:
            self._told = True
            self._tell(time)


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
        run(source(), Pipeline(tracker()), Recorder(classifier, teacher), prompt)
        counts = classifier.get_count_by_label()
        if missing := [label for label in teacher.labels if label not in counts]:
            print(f"I did not see you {' or '.join(map(str, missing))}: keep head and shoulders in the picture")
            return
        classifier.calibrate()  # learn what is unlike both, such as getting up
        # classifier.save("posture.posknn") would spare you the lesson tomorrow: PoseClassifier.load("posture.posknn")

        # Watch.
        print("watching, Ctrl-C ends", flush=True)
        alarm = SlouchAlarm(lambda time: print(f"\aSit up! You have been slouching ({time:.1f} s)", flush=True))
        run(source(), Pipeline(tracker(), classifier, Ema(0.5)), alarm)


if __name__ == "__main__":
    try:
        main()
    except PosknnError as error:  # no camera, say
        sys.exit(f"error: {error}")
