"""React to poses in your own code: `python examples/custom_sink.py [SOURCE]`; raised arms or Ctrl-C end it.

SOURCE 0 is the webcam, a packaged clip when left out. A sink is anything that can be called with a result: a
function, a method, an object, which may have a close().
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import posknn
from posknn import Ema, Label, Pipeline, PoseClassifier, PoseTracker, Result, Stop, open_source, read_recording, run

CLIP = Path(posknn.__file__).with_name("clips") / "poses.mp4"
SAMPLE = Path(__file__).parents[1] / "recordings" / "sample.parquet"


class OnChange:
    """Call `react` with the new label and the time whenever the label changes; None is nobody or no known pose."""

    def __init__(self, react: Callable[[Label | None, float], object]) -> None:
        self._react = react
        self._label: Label | None = None

    def __call__(self, result: Result) -> None:
        """Take the result of one frame."""
        if result.label != self._label:
            self._label = result.label
            self._react(result.label, result.frame.time)


def until_arms_up(result: Result) -> None:
    """End the run when somebody raises the arms: the simplest sink is a function."""
    if result.label == "arms_up":
        raise Stop


def main(source: str | Path = CLIP) -> None:
    classifier = PoseClassifier().learn(read_recording(SAMPLE))

    def react(label: Label | None, time: float) -> None:
        print(f"{time:6.2f} s  {label or '-'}", flush=True)  # press a key, switch a lamp, play a sound, ...

    with suppress(KeyboardInterrupt):
        run(open_source(source), Pipeline(PoseTracker(), classifier, Ema(0.1)), OnChange(react), until_arms_up)


if __name__ == "__main__":
    main(*sys.argv[1:])
