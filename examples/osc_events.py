"""Send events over OSC to TouchDesigner, Max, Unity or Processing: `python examples/osc_events.py [HOST PORT]`.

A packaged clip shows a woman who does eight jumping jacks; each is a message /posknn/rep with label, person, time
and count, and each pose that she enters or leaves one of /posknn/enter and /posknn/exit. Needs `posknn[osc]`.
"""

import sys
from pathlib import Path

import posknn
from posknn import (
    Ema,
    Events,
    Pipeline,
    PoseClassifier,
    PoseTracker,
    Repetitions,
    VideoFile,
    read_recording,
    run,
    to_osc,
)

CLIP = Path(posknn.__file__).with_name("clips") / "jumping_jacks.mp4"
SAMPLE = Path(__file__).parents[1] / "recordings" / "sample.parquet"


def main(host: str = "127.0.0.1", port: str = "9000") -> None:
    classifier = PoseClassifier().learn(read_recording(SAMPLE))
    jacks = Repetitions("stand > arms_up > stand", least=0.4, greatest=5.0)
    events = Events("jack rep", "any enter", "any exit", counters={"jack": jacks}, settle=0.1)
    osc = to_osc(host, int(port))
    run(VideoFile(CLIP), Pipeline(PoseTracker(), classifier, Ema(0.05), events), osc)
    print(f"{osc.delivered} messages sent, {osc.dropped} dropped")


if __name__ == "__main__":
    main(*sys.argv[1:])
