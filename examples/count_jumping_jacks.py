"""Count repetitions in a video: `python examples/count_jumping_jacks.py [VIDEO]`.

The poses were taught by a man in another clip; the packaged clip shows a woman who does eight jumping jacks.
"""

import sys
from pathlib import Path

import posknn
from posknn import Ema, Pipeline, PoseClassifier, PoseTracker, Repetitions, VideoFile, read_recording, run

CLIP = Path(posknn.__file__).with_name("clips") / "jumping_jacks.mp4"
SAMPLE = Path(__file__).parents[1] / "recordings" / "sample.parquet"


def main(video: str | Path = CLIP) -> None:
    classifier = PoseClassifier().learn(read_recording(SAMPLE))
    # The sample knows t_pose too; labels outside the pattern do not interrupt it.
    repetitions = Repetitions("stand > arms_up > stand", least=0.4, greatest=5.0)

    run(VideoFile(video), Pipeline(PoseTracker(), classifier, Ema(0.05)), repetitions)

    for event in repetitions.events:
        if event.kind == "rep":  # the others are partial
            print(f"{event.detail['count']:.0f}: {event.detail['seconds']:.2f} s, done at {event.time:.2f} s")
    print(f"{repetitions.count()} jumping jacks")


if __name__ == "__main__":
    main(*sys.argv[1:])
