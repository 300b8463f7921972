"""Be told by your webcam after 10 s of slouching: `python examples/posture_teacher.py`; Ctrl-C ends.

It first asks you to show "upright" and "slouch", hands-free, then watches. No picture is stored or sent anywhere.
"""

import sys
from collections.abc import Callable
from contextlib import suppress

from posknn import (
    Camera,
    Countdown,
    Ema,
    Event,
    Events,
    Pipeline,
    PoseClassifier,
    PoseTracker,
    PosknnError,
    Recorder,
    Result,
    on,
    run,
)
from posknn.values import Source, Tracker

RULE = "slouch held 10s"


def alarm(event: Event) -> None:
    print(f"\aSit up! You have been slouching since {event.detail['start']:.1f} s ({event.time:.1f} s)", flush=True)


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
        events = Events(RULE, settle=2.0)  # a glance elsewhere of up to 2 s does not end a slouch
        run(source(), Pipeline(tracker(), classifier, Ema(0.5), events), on(RULE, alarm))


if __name__ == "__main__":
    try:
        main()
    except PosknnError as error:  # no camera, say
        sys.exit(f"error: {error}")
