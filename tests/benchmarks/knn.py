"""Measures what KNNClassifier promises, both sides in one run; see --help.

TF.js comes with `npm install @tensorflow-models/knn-classifier @tensorflow/tfjs-core @tensorflow/tfjs-backend-cpu`.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import KNeighborsClassifier

from posknn import KNNClassifier, Pose, PoseClassifier, Recording
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]
WIDTH = 99


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tfjs", type=Path, help="a folder where TF.js's knn-classifier is installed")
    parser.add_argument("--large", action="store_true", help="also a million examples, in 2 GB")
    chosen = parser.parse_args()
    adding()
    one_query()
    poses()
    many_queries()
    readers_and_a_writer()
    if chosen.tfjs:
        against_tfjs(chosen.tfjs)
    if chosen.large:
        a_million()


def vectors(random: np.random.Generator, count: int, width: int = WIDTH) -> Floats:
    """Return vectors around eight places, as of eight poses."""
    places = np.random.default_rng(1).normal(size=(8, width))
    return (places[random.integers(0, 8, count)] + random.normal(scale=0.35, size=(count, width))).astype(np.float32)


def taught(count: int, metric: str) -> KNNClassifier:
    knn = KNNClassifier(5, metric=metric)
    knn.add_examples(vectors(np.random.default_rng(2), count), [f"label {row % 5}" for row in range(count)])
    return knn


def paired(*works: Callable[[], object], rounds: int = 200) -> list[float]:
    """Return the median seconds of each, which take turns."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, spent, strict=True):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return [median(times) for times in spent]


def adding(count: int = 20_000) -> None:
    rows = vectors(np.random.default_rng(3), count)
    for metric in ("cosine", "euclidean", "nan_euclidean"):
        knn = KNNClassifier(metric=metric)
        start, busy = time.perf_counter(), time.thread_time()
        for number, row in enumerate(rows):
            knn.add_example(row, "ab"[number % 2])
        spent, busy = time.perf_counter() - start, time.thread_time() - busy
        each = f"{spent / count * 1e6:.1f} us each, {busy / count * 1e6:.1f} us of a processor"
        print(f"add_example, {count:,} x {WIDTH}, {metric}: {each}")
    classifier, shown = PoseClassifier(), [stick_figure(arms=arms) for arms in range(180)]
    start = time.perf_counter()
    for number in range(2_000):
        classifier.add_example(shown[number % 180], "ab"[number % 2])
    print(f"PoseClassifier.add_example: {(time.perf_counter() - start) / 2_000 * 1e6:.1f} us each, embedding included")


def one_query() -> None:
    for count in (1_000, 10_000, 100_000):
        matrix = vectors(np.random.default_rng(2), count)
        for metric in ("cosine", "euclidean", "manhattan"):
            knn, query = taught(count, metric), vectors(np.random.default_rng(4), 1)[0]
            ours, plain = paired(lambda: knn.classify(query), lambda: matrix @ query)  # noqa: B023
            print(f"classify, {count:,} x {WIDTH}, {metric}: {ours * 1e3:.3f} ms = {ours / plain:.2f} x one A @ q")


def poses() -> None:
    random = np.random.default_rng(5)
    still = np.stack([stick_figure(arms=arms).points for arms in np.linspace(0, 180, 20)])
    for count in (1_000, 10_000):
        points = np.ones((count, 33, 4), np.float32)
        points[:, :, :3] = still[random.integers(0, 20, count)] + random.normal(0, 0.02, (count, 33, 3))
        for hidden in (0.0, 0.05):
            points[:, :, 3] = np.where(random.random((count, 33)) < hidden, 0.2, 1)
            labels = tuple(f"pose {row % 8}" for row in range(count))
            classifier = PoseClassifier().learn(Recording(points, labels), false_reject=None)
            pose = Pose.from_points(points[7])
            (ours,) = paired(lambda: classifier.classify(pose))  # noqa: B023
            what = f"PoseClassifier.classify, {count:,} poses, {hidden:.0%} hidden"
            print(f"{what}: {ours * 1e3:.3f} ms, embedding included")


def many_queries() -> None:
    for count, asked in ((300, 300), (1_000, 1_000), (10_000, 1_000), (30_000, 500), (100_000, 200)):
        queries = vectors(np.random.default_rng(6), asked)
        for metric in ("euclidean", "cosine", "manhattan"):
            if metric == "manhattan" and count * asked > 10**6:
                continue
            knn = taught(count, metric)
            theirs = KNeighborsClassifier(5, metric=metric, algorithm="brute").fit(
                vectors(np.random.default_rng(2), count), [f"label {row % 5}" for row in range(count)]
            )
            ours, whole, sklearn = paired(
                lambda: knn.classify_many(queries).labels,  # noqa: B023
                lambda: list(knn.classify_many(queries)),  # noqa: B023
                lambda: theirs.predict(queries),  # noqa: B023
                rounds=7,
            )
            print(
                f"classify_many, {asked} against {count:,} x {WIDTH}, {metric}: labels {ours * 1e3:.1f} ms, with every "
                f"prediction made {whole * 1e3:.1f} ms, scikit-learn's brute force {sklearn * 1e3:.1f} ms"
            )


def readers_and_a_writer(queries: int = 100_000) -> None:
    knn = KNNClassifier(1, metric="euclidean")
    knn.add_examples(np.arange(4)[:, None], list("abcd"), recordings=list("abcd"))
    done, torn, changes = threading.Event(), 0, 0

    def write() -> None:
        nonlocal changes
        while not done.wait(0.0005):
            index = changes % 4
            example = knn.add_example([index], "abcd"[index], recording="abcd"[index])
            knn.relabel(example, "abcd"[index])
            knn.forget(example)
            changes += 1

    writer = threading.Thread(target=write)
    writer.start()
    start = time.perf_counter()
    for number in range(queries):
        near = knn.classify([number % 4]).neighbors[0]
        torn += (near.label, near.recording, near.distance) != ("abcd"[number % 4], "abcd"[number % 4], 0)
    spent = time.perf_counter() - start
    done.set()
    writer.join()
    print(f"{queries:,} queries one by one during {changes:,} changes by another thread: {torn} torn, {spent:.1f} s")


def against_tfjs(folder: Path) -> None:
    knn, query = taught(10_000, "cosine"), vectors(np.random.default_rng(4), 1)[0]
    script = (Path(__file__).parent / "tfjs_knn.mjs").read_text("utf-8")
    told = subprocess.run(
        ["node", "--input-type=module", "-", "10000", str(WIDTH), "60"],
        cwd=folder,
        input=script,
        capture_output=True,
        text=True,
        check=True,
    )
    (ours,) = paired(lambda: knn.classify(query, 3))
    theirs = float(told.stdout) / 1e3
    what = f"TF.js on Node {theirs * 1e3:.2f} ms, classify {ours * 1e3:.3f} ms at 10,000 x {WIDTH}"
    print(f"{what}: {theirs / ours:.0f} times as fast")


def a_million(count: int = 1_000_000) -> None:
    """Measure in processes of their own, so that the peak of memory is theirs."""
    for way in ("at once", "by 1,000", "with forgetting"):
        subprocess.run([sys.executable, __file__, "--inside", way, str(count)], check=True)


def inside(way: str, count: int) -> None:
    random = np.random.default_rng(7)
    matrix = 4 * count * WIDTH
    given = np.empty((count, WIDTH), np.float32)[: count if way == "at once" else 0]
    for start in range(0, len(given), 1_000):
        given[start : start + 1_000] = vectors(random, 1_000)
    # The names of labels and what Python and numpy need are there before.
    labels = [f"label {row % 5}" for row in range(count)]
    knn = KNNClassifier(5, metric="cosine")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if len(given):
        knn.add_examples(given, labels)
    else:
        for start in range(0, count, 1_000):
            knn.add_examples(vectors(random, 1_000), labels[start : start + 1_000])
    if way == "with forgetting":
        for example in range(0, count, count // 20):
            knn.forget(example)
    query = vectors(random, 1)[0]
    (ours,) = paired(lambda: knn.classify(query), rounds=15)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    print(
        f"{count:,} x {WIDTH} taught {way}: classify {ours * 1e3:.1f} ms, peak memory beside the caller's "
        f"{peak / matrix:.2f} x the matrix",
        flush=True,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], int(sys.argv[3]))
    else:
        print(f"{os.cpu_count()} processors, numpy {np.__version__}")
        main()
