"""Splits: no recording on both sides, every example asked once, and said why it was split so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posknn.classification.splits import Split, code_of, split_examples
from posknn.values import Label


def split(labels: Sequence[Label], groups: Sequence[object], **more: object) -> Split:
    times = more.pop("times", np.arange(len(labels)) * 0.1)
    takes = more.pop("takes", np.zeros(len(labels)))
    return split_examples(labels, groups, times, takes, **more)  # type: ignore[arg-type]


def test_recordings_stay_whole() -> None:
    groups = [f"r{row // 10}" for row in range(60)]
    found = split(["a", "b"] * 30, groups)
    assert (found.by, found.count) == ("recording", 5)
    for learn, ask in found.parts():
        assert not {groups[row] for row in learn} & {groups[row] for row in ask}
    assert found.why.startswith("6 recordings")


def test_one_recording_is_cut_in_time_and_a_second_is_left_between() -> None:
    times = np.arange(100) * 0.2
    found = split(["a"] * 50 + ["b"] * 50, ["desk"] * 100, times=times)
    assert found.by == "time"
    assert "one recording" in found.why
    for learn, ask in found.parts():
        assert np.abs(times[learn][:, None] - times[ask]).min() >= 1.0
        assert len(set(ask.tolist())) == 20


def test_whole_takes_are_held_back_where_there_are_several() -> None:
    takes = np.repeat([0, 1, 2], [5, 20, 15])
    found = split(["a"] * 40 + ["b"] * 40, ["desk"] * 80, takes=np.concatenate([takes, takes + 3]))
    for take in range(3):
        assert len(set(found.folds[:40][takes == take].tolist())) == 1
    assert found.count >= 2


def test_times_that_are_not_known_are_counted() -> None:
    found = split(["a"] * 20 + ["b"] * 20, ["desk"] * 40, times=np.zeros(40))
    assert all(len(learn) > 0 and len(ask) > 0 for learn, ask in found.parts())


def test_a_label_of_one_recording_is_cut_in_time_and_named() -> None:
    labels = ["a", "b"] * 10 + ["a", "c"] * 10
    found = split([*labels, "a", "b", "b"], ["x"] * 20 + ["y"] * 20 + ["z"] * 3)
    assert found.by == "recording"
    assert "but c was taught in one recording only" in found.why
    alone = np.array([label == "c" for label in [*labels, "a", "b", "b"]])
    assert found.cut.tolist() == alone.tolist()


def test_labels_of_one_recording_each_are_cut_in_time() -> None:
    found = split(["a"] * 20 + ["b"] * 20, ["x"] * 20 + ["y"] * 20)
    assert found.by == "time"
    assert "no label was taught in two recordings" in found.why


def test_frames_are_shuffled_only_when_asked_and_it_is_said() -> None:
    found = split(["a", "b"] * 20, [f"r{row % 4}" for row in range(40)], by="frames")
    assert found.by == "frames"
    assert "flatters" in found.why
    again = split(["a", "b"] * 20, [f"r{row % 4}" for row in range(40)], by="frames")
    assert found.folds.tolist() == again.folds.tolist()


def test_a_label_that_is_in_one_fold_alone_is_not_asked() -> None:
    found = split([*["a", "b"] * 10, "c"], ["desk"] * 21)
    assert found.folds[-1] == -1
    assert (found.folds[:-1] >= 0).all()


def test_splitting_one_recording_by_recording_is_refused() -> None:
    with pytest.raises(ValueError, match="one recording"):
        split(["a", "b"] * 5, ["desk"] * 10, by="recording")


def test_five_and_the_word_five_are_two() -> None:
    assert code_of([5, "5", 5, True]).tolist() == [0, 1, 0, 2]


rows = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("wxyz")), min_size=2, max_size=60)


@given(rows, st.sampled_from([None, "time", "frames"]))
def test_every_example_is_asked_once_or_its_label_has_no_other(rows: list[tuple[str, str]], by: str | None) -> None:
    labels, groups = [label for label, _ in rows], [group for _, group in rows]
    found = split(labels, groups, by=by)
    asked = [row for _, ask in found.parts() for row in ask.tolist()]
    assert sorted(asked) == np.flatnonzero(found.folds >= 0).tolist()
    for learn, ask in found.parts():
        assert not set(learn.tolist()) & set(ask.tolist())
        kept = [row for row in ask.tolist() if not found.cut[row]]
        if found.by == "recording":
            whole = {groups[row] for row in learn.tolist() if not found.cut[row]}
            assert not whole & {groups[row] for row in kept}
