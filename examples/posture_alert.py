"""Be alerted on the desktop: `python examples/posture_alert.py [RECORDINGS SOURCE RULE]`.

As it is, it watches a packaged clip for raised arms. With what `posknn record 0 upright slouch -o desk.parquet` taught
and the webcam: `python examples/posture_alert.py desk.parquet 0 "slouch held 10s"`; Ctrl-C ends.
"""

import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import posknn
from posknn import (
    Ema,
    Event,
    Events,
    Pipeline,
    PoseClassifier,
    PoseTracker,
    PosknnError,
    on,
    open_source,
    read_recordings,
    run,
    to_command,
)

CLIP = Path(posknn.__file__).with_name("clips") / "poses.mp4"
SAMPLE = Path(__file__).parents[1] / "recordings" / "sample.parquet"

# Programs of desktops, with their arguments one by one: no shell reads them, whatever a label holds.
ALERTS = (
    ("notify-send", "posknn", "{text}"),
    ("osascript", "-e", "on run words", "-e", "display notification (item 1 of words)", "-e", "end run", "{text}"),
    ("msg", "*", "{text}"),
)


def show(event: Event) -> None:
    print(f"{event.time:6.2f} s  {event.label} held {event.detail['seconds']:g} s", flush=True)


def main(
    recordings: str | Path = SAMPLE,
    source: str | Path = CLIP,
    rule: str = "arms_up held 1s",
    *,
    alert: Sequence[str] | None = None,
) -> None:
    classifier = PoseClassifier().learn(read_recordings(recordings))
    alert = alert or next((words for words in ALERTS if shutil.which(words[0])), None)
    sinks = [on(rule, show)]
    if alert:
        sinks.append(to_command(alert, report=lambda line: print(line, file=sys.stderr)))
    print(f'watching for "{rule}"', flush=True)
    with suppress(KeyboardInterrupt):
        run(open_source(source), Pipeline(PoseTracker(), classifier, Ema(0.2), Events(rule)), *sinks)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (PosknnError, ValueError) as error:  # no camera, or a rule that cannot be read
        sys.exit(f"error: {error}")
