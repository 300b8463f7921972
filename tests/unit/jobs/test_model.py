"""A classifier as one file: the same answers and the same sum, whatever it was made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.errors import FileFormatError, NotTaughtError
from posknn.jobs.model import Model
from posknn.parts import classifier_of
from posknn.storage.recordings import write_recording
from posknn.testing import stick_figure


@pytest.fixture
def taught() -> PoseClassifier:
    classifier = PoseClassifier()
    for arms, name in ((0, "down"), (10, "down"), (90, "side"), (100, "side")):
        classifier.add_example(stick_figure(arms=arms), name)
    return classifier


def test_a_classifier_file_is_taken_as_it_is(taught: PoseClassifier, tmp_path: Path) -> None:
    path = taught.save(tmp_path / "a.posknn")
    model = Model.of(path)
    with model.written(tmp_path) as file:
        assert file.read_bytes() == path.read_bytes()
    assert not file.exists()
    assert Model.of(path).sha256 == model.sha256


def test_recordings_give_the_same_model_each_time(taught: PoseClassifier, tmp_path: Path) -> None:
    write_recording(taught.recording(), tmp_path / "a.parquet")
    one, other = Model.of(tmp_path / "a.parquet"), Model.of(tmp_path / "a.parquet")
    assert one == other
    asked = classifier_of(tmp_path / "a.parquet")
    with one.written(tmp_path) as file:
        again = classifier_of(file)
        for arms in (5, 50, 95):
            pose = stick_figure(arms=arms)
            assert again(pose).confidences_by_label == asked(pose).confidences_by_label
            assert again(pose).label == asked(pose).label


def test_vectors_of_ml5_stay_what_they_are(tmp_path: Path) -> None:
    knn = KNNClassifier()
    knn.add_example(stick_figure(arms=0).points, "down")
    path = knn.save(tmp_path / "a.json")
    assert Model.of(path).ending == ".json"


def test_what_is_no_classifier_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError):
        Model.of(tmp_path / "gone.posknn")
    write_recording(PoseClassifier().recording(), tmp_path / "empty.parquet")
    with pytest.raises((NotTaughtError, FileFormatError)):
        Model.of(tmp_path / "empty.parquet")
