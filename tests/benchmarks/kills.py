"""Kill a run of many short videos at random moments, resume it each time, and compare with an undisturbed run.

    python tests/benchmarks/kills.py --kills 10 --videos 20 --workers 2

Says at the end that nothing was lost, nothing done twice and nothing half-written, or what was; exit code 1 then.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import posknn
from posknn.classification.classifier import PoseClassifier
from posknn.output.video import VideoWriter
from posknn.testing import stick_figure
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Result

PACKAGE = Path(next(iter(posknn.__path__)))
Files = dict[str, tuple[int, int, str]]


def films(folder: Path, count: int) -> list[str]:
    """Write `count` films of 10 to 24 frames, each of another moment of a packaged clip."""
    shown = [frame.image for frame in VideoFile(PACKAGE / "clips" / "jumping_jacks.mp4")]
    made = []
    for number in range(count):
        path = folder / f"{number:02d}.mp4"
        writer = VideoWriter(path, draw=lambda result: result.frame.image)
        for index, image in enumerate(shown[7 * number : 7 * number + 10 + number % 15]):
            writer(Result(Frame(image, index / 20, index)))
        writer.close()
        made.append(str(path))
    return made


def files(folder: Path) -> Files:
    """Return inode, time of writing and sum of every file of a folder but the ledger."""
    found = {}
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        if path.is_file():
            state = path.stat()
            found[path.name] = (state.st_ino, state.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def started(arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start the command line in a process group of its own."""
    command = [sys.executable, "-c", "from posknn.cli import main; main()", *arguments]
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def killed_at(arguments: list[str], moment: float, out: Path, more: int) -> bool:
    """Run and kill the run, not its workers, after some seconds; return whether it had not ended by itself before.

    more: count the seconds from when the folder `out` has so many files; 0 from the start.
    """
    running = started(arguments)
    try:
        while running.poll() is None and len(files(out)) < more:
            time.sleep(0.01)
        running.wait(moment)
    except subprocess.TimeoutExpired:
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        return True
    finally:
        if running.stderr is not None:
            running.stderr.close()
    return False


def faults(out: Path, before: Files, wanted: Files) -> list[str]:
    """Return what is wrong after a kill: files that changed since they were there, or that are not whole."""
    now = files(out)
    wrong = [f"{name} was written again" for name, state in before.items() if now.get(name) != state]
    wrong += [f"{name} is not what it should be" for name, state in now.items() if state[2] != wanted[name][2]]
    return wrong


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--videos", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    moments = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        taught = PoseClassifier()
        for arms, label in ((10, "stand"), (150, "arms_up")):
            taught.add_example(stick_figure(arms=arms), label)
        model = taught.save(folder / "two.posknn")
        sources = films(folder, asked.videos)

        def arguments(out: Path) -> list[str]:
            return ["label", str(model), *sources, "-o", str(out), "--workers", str(asked.workers), "--resume"]

        begun = time.monotonic()
        whole = started(arguments(folder / "whole"))
        _, said = whole.communicate()
        length = time.monotonic() - begun
        assert whole.returncode == 0, said
        wanted = files(folder / "whole")
        print(f"undisturbed: {len(wanted)} files in {length:.1f} s", flush=True)
        out, wrong, kills = folder / "killed", [], 0
        before = files(out)
        while kills < asked.kills:
            # Most kills come after another video is done, the others at any moment from the start.
            more = 0 if kills % 4 == 0 else len(before) + 1
            moment = moments.uniform(0.0, length / asked.kills)
            if not killed_at(arguments(out), moment, out, more):
                wrong += faults(out, before, wanted)
                print(f"done after {kills} kills; once more from the beginning")
                shutil.rmtree(out)
                before = files(out)
                continue
            kills += 1
            wrong += faults(out, before, wanted)
            before = files(out)
            print(f"kill {kills} after {moment:.1f} s: {len(before)} files")
        last = started(arguments(out))
        last.communicate()
        wrong += faults(out, before, wanted)
        now = files(out)
        wrong += [f"{name} is missing" for name in wanted if name not in now]
        work = list((out / ".posknn" / "work").iterdir())
        wrong += [f"{path.name} is left over" for path in work]
    print("\n".join(wrong) or f"{kills} kills: nothing lost, nothing done twice, nothing half-written, the same bytes")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
