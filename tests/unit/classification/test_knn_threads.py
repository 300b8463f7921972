"""Any thread may ask a KNNClassifier while another one teaches it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import numpy as np

from posknn import KNNClassifier

LABELS = ("A", "B", "C", "D")
PAUSE = 0.0005
"""Seconds. A thread that never pauses may keep the interpreter's lock for itself, whatever its code does."""


def at_once(*works: Callable[[threading.Event], None], seconds: float) -> list[BaseException]:
    """Run each in a thread of its own until the time is over or one says done; return what they raised."""
    done = threading.Event()
    raised: list[BaseException] = []

    def guarded(work: Callable[[threading.Event], None]) -> None:
        try:
            work(done)
        except BaseException as fault:
            raised.append(fault)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    done.wait(seconds)
    done.set()
    for thread in threads:
        thread.join()
    return raised


def test_no_answer_is_torn_and_no_reader_fails() -> None:
    """Every example tells its own label by its vector and its recording, so that a mixed up answer shows."""
    knn = KNNClassifier(5, metric="euclidean")
    for index, label in enumerate(LABELS):
        knn.add_example([index, 0], label, recording=label)
    answers = []

    def write(done: threading.Event) -> None:
        random = np.random.default_rng(4)
        for number in itertools.count():
            if done.wait(PAUSE):
                return
            index = int(random.integers(4))
            ids = knn.add_examples([[index, 0]] * 3, [LABELS[index]] * 3, recordings=[LABELS[index]] * 3)
            knn.forget(ids[1])
            knn.relabel(ids[0], LABELS[index])
            if number % 30 == 29:
                knn.clear_label("D")
                knn.add_example([3, 0], "D", recording="D")

    def read(done: threading.Event) -> None:
        random = np.random.default_rng(5)
        while not done.is_set():
            index = int(random.integers(3))  # D may be gone for a moment
            answer = knn.classify([index, 0], 1)
            near = answer.neighbors[0]
            assert (answer.label, near.label, near.recording, near.distance) == (*[LABELS[index]] * 3, 0)
            shares = knn.classify([index, 0]).confidences_by_label
            assert abs(sum(shares.values()) - 1) < 1e-9
            assert {"A", "B", "C"} <= set(shares) <= set(LABELS)
            answers.append(answer)

    assert at_once(write, read, read, seconds=0.8) == []
    assert len(answers) > 20


def test_of_100_000_answers_none_is_torn() -> None:
    """Many at a time, so that it takes seconds; every answer must fit the examples as they were at one moment."""
    knn = KNNClassifier(3, metric="euclidean")
    places = np.arange(len(LABELS), dtype=np.float32)
    knn.add_examples(np.repeat(places[:, None], 8, axis=0), np.repeat(LABELS, 8).tolist(), recordings=["0"] * 32)
    asked = itertools.count()
    changed = 0

    def write(done: threading.Event) -> None:
        nonlocal changed
        random = np.random.default_rng(6)
        while not done.wait(PAUSE):
            index = int(random.integers(4))
            example = knn.add_example([index], "other" if changed % 2 else LABELS[index])
            knn.relabel(example, LABELS[index])  # "other" is at distance 0 only for this moment
            knn.forget(example)
            changed += 1

    def read(done: threading.Event) -> None:
        queries = np.tile(places, 64)[:, None]
        true = np.tile(np.arange(4), 64)
        while next(asked) < 400 and not done.is_set():
            answers = knn.classify_many(queries)
            assert (answers.distances == 0).all()
            assert answers.known.all()
            assert (answers.class_indices == true).all()  # two of three have their label at any moment
            assert np.allclose(answers.shares.sum(axis=1), 1)
            assert answers[int(true[1])].neighbors[0].distance == 0
        done.set()

    assert at_once(write, read, read, seconds=30) == []
    assert next(asked) > 400  # of 256 queries each
    assert changed > 20


def test_a_state_is_that_of_one_moment() -> None:
    knn = KNNClassifier(metric="nan_euclidean")

    def write(done: threading.Event) -> None:
        for number in itertools.count():
            if done.wait(PAUSE):
                return
            knn.add_examples([[number, np.nan]] * 5, ["A"] * 5, recordings=["A"] * 5)
            if number % 9 == 8:
                knn.clear_label("A")

    def read(done: threading.Event) -> None:
        while not done.is_set():
            state = knn.state
            count = len(state.ids)
            assert count % 5 == 0
            assert (len(state.rows), len(state.classes), len(state.lengths)) == (count, count, count)
            assert state.recordings == ("A",) * count

    assert at_once(write, read, seconds=0.4) == []


def test_two_writers_lose_nothing() -> None:
    knn = KNNClassifier()

    def write(done: threading.Event) -> None:
        while not done.wait(PAUSE):
            mine.extend(knn.add_examples([[1, 2], [2, 1]], ["A", "B"]))

    mine: list[int] = []
    assert at_once(write, write, seconds=0.2) == []
    assert sorted(mine) == list(range(len(mine))) == knn.state.ids.tolist()
    assert knn.get_count_by_label() == {"A": len(mine) // 2, "B": len(mine) // 2}
