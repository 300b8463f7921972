"""`posknn evaluate`: what it prints, its JSON and its report, on recordings, classifiers and what is neither."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from posknn import cli
from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.errors import MissingPackageError, NotTaughtError, OutputError
from posknn.storage.recordings import write_recording
from posknn.tasks.evaluate import evaluate
from posknn.tasks.report import check_report, report_page
from posknn.values import Recording

Said = tuple[int, str, str]


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def run(*arguments: object) -> Said:
        code: object = 0
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        shown = capfd.readouterr()
        return int(str(code)), shown.out, shown.err

    return run


@pytest.fixture(scope="module")
def folder(lessons: list[Recording], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("recordings")
    for one in lessons:
        write_recording(one, place / f"{one.name}.parquet")
    return place


def test_a_folder_of_recordings_is_split_by_recording_and_reported(
    folder: Path, tmp_path: Path, said: Callable[..., Said]
) -> None:
    path = tmp_path / "report.html"
    code, out, err = said("evaluate", folder, "--report", path)
    assert (code, err) == (0, "")
    assert f"Report: {path}" in out
    _check_page(path.read_text(encoding="utf-8"))
    assert str(folder) not in path.read_text(encoding="utf-8")  # a page that is passed on need not tell where
    assert "144 examples of 3 labels, split by recording into 4 tests:" in out
    assert "macro-F1 1.000   accuracy 100.0%" in out
    assert "No confusions: every answer was right." in out
    assert "LEAKAGE" not in out
    assert re.search(r"^  up +48 +1\.000 +1\.000 +1\.000", out, re.MULTILINE)
    assert max(map(len, out.splitlines())) <= 120


def test_json_has_everything(folder: Path, said: Callable[..., Said]) -> None:
    code, out, _ = said("evaluate", folder, "--json", "--test", folder / "person1.parquet")
    assert code == 0
    found = json.loads(out)
    assert (found["by"], found["asked"], found["macro_f1"]) == ("test", 36, 1)
    assert {"open_set", "calibration", "by_label", "confusion", "confusions", "leakage", "notes"} <= set(found)
    assert "person1" in found["notes"][0]


def test_a_classifier_and_one_recording_are_evaluated_too(
    folder: Path, lessons: list[Recording], tmp_path: Path, said: Callable[..., Said]
) -> None:
    path = PoseClassifier(3).learn(lessons[:2]).save(tmp_path / "all.posknn")
    assert "split by recording into 2 tests" in said("evaluate", path)[1]
    code, out, _ = said("evaluate", folder / "person1.parquet")
    assert code == 0
    assert "split by time" in out
    assert "all examples come from one recording" in out


class _Page(HTMLParser):
    """Collects what a page would fetch, and whether its tags fit."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "srcset", "data")
        ]
        if tag not in ("meta", "link", "path", "use", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "use", "circle"):
            assert self.open.pop() == tag


def _check_page(text: str) -> None:
    """Check that the page is whole and needs nothing else."""
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert all(place.startswith("#") for place in page.fetched)
    assert "url(http" not in text
    assert "@import" not in text
    assert text.count("<svg") == 3
    assert "prefers-color-scheme: dark" in text
    ids = re.findall(r'id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_labels_and_names_in_a_report_are_text(lessons: list[Recording]) -> None:
    from dataclasses import replace

    from posknn.classification.evaluation import evaluate as evaluate_examples

    names = {"down": "<script>alert(1)</script>", "side": '$x$ & "y"', "up": "立つ"}
    evil = [replace(one, labels=tuple(names[str(label)] for label in one.labels)) for one in lessons[:3]]
    found = evaluate_examples(evil[:2], evil[2])
    page = report_page(found, title="<img src=x>")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert report_page(found, title="<img src=x>") == page


def test_what_stands_in_the_way_of_a_report_is_said_first(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"call it .*report\.html"):
        evaluate(folder, report=tmp_path / "report.pdf")
    with pytest.raises(OutputError, match="there is no folder"):
        evaluate(folder, report=tmp_path / "nowhere" / "report.html")


def test_without_matplotlib_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'posknn\[report\]'"):
        check_report(tmp_path / "report.html")


def test_what_cannot_be_evaluated_is_one_clear_line(
    folder: Path, lesson: Callable[..., Recording], tmp_path: Path, said: Callable[..., Said]
) -> None:
    alone, vectors, empty = (tmp_path / name for name in ("alone.parquet", "vectors.json", "empty.parquet"))
    write_recording(lesson(labels=["up"]), alone)
    write_recording(Recording(np.zeros((1, 33, 4), np.float32), (None,)), empty)
    knn = KNNClassifier()
    knn.add_example([1.0, 2.0], "a")
    knn.save(vectors)
    for path, wanted in (
        (alone, "two labels or more"),
        (vectors, "plain vectors"),
        (empty, "no labelled example"),
        (tmp_path / "gone.parquet", "gone.parquet"),
    ):
        code, out, err = said("evaluate", path)
        assert (code, out) == (1, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert wanted in err
        assert str(path) in err
    code, _, err = said("evaluate", folder / "person1.parquet", "--groups", "recording")
    assert code == 1
    assert "one recording" in err
    with pytest.raises(NotTaughtError, match="two labels"):
        evaluate(alone)


def test_more_labels_than_a_terminal_shows_are_told(
    lesson: Callable[..., Recording], tmp_path: Path, said: Callable[..., Said]
) -> None:
    from dataclasses import replace

    one = lesson(each=13)
    path = tmp_path / "many.parquet"
    write_recording(replace(one, labels=tuple(f"label {row // 3}" for row in range(39))), path)
    code, out, _ = said("evaluate", path, "--groups", "frames")
    assert code == 0
    assert "13 labels is too wide" in out
