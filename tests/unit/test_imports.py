"""What is imported when and where, and that every module is described and tested."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import posknn

PACKAGE = Path(next(iter(posknn.__path__)))
TESTS = Path(__file__).parents[1]
SOURCES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__init__.py"
}
FOLDERS = sorted(path for path in PACKAGE.rglob("__init__.py"))

HEAVY = ["cv2", "mediapipe", "av", "pyarrow", "click", "rich", "matplotlib", "PIL"]

# Modules that are parts of another one and are tested through it.
TESTED_WITH = {
    "classification.confusions": "unit/classification/test_answers.py",
    "classification.snapshot": "unit/classification/test_examples.py",
    "classification.state": "unit/storage/test_classifier_files.py",
    "classification.voting": "unit/classification/test_knn.py",
    "cli.curating": "end_to_end/test_clean.py",
    "cli.evaluating": "end_to_end/test_evaluate.py",
    "cli.first_steps": "unit/cli/test_commands.py",
    "cli.options": "unit/cli/test_commands.py",
    "cli.recognising": "unit/cli/test_commands.py",
    "cli.reviewing": "unit/tasks/test_agree.py",
    "cli.teaching": "unit/cli/test_commands.py",
    "cli.terminal": "unit/cli/test_printing.py",
    "cli.tracking": "unit/cli/test_commands.py",
    "interrupts": "end_to_end/test_interrupts.py",
    "jobs.annotating": "end_to_end/test_annotated_copies.py",
    "jobs.hiring": "unit/jobs/test_crews.py",
    "jobs.labelling": "end_to_end/test_label.py",
    "jobs.places": "end_to_end/test_label.py",
    "jobs.poses": "end_to_end/test_label.py",
    "jobs.steps": "unit/jobs/test_batch.py",
    "jobs.tracking": "unit/jobs/test_replay.py",
    "jobs.watching": "unit/tasks/test_count.py",
    "jobs.writers": "end_to_end/test_label.py",
    "output.table_files": "unit/output/test_table.py",
    "output.tallies": "unit/output/test_overlay.py",
    "parts": "end_to_end/test_label.py",
    "storage.archive": "unit/storage/test_classifier_files.py",
    "storage.columns": "unit/storage/test_recordings.py",
    "storage.formats.clock": "unit/storage/test_webvtt.py",
    "storage.formats.coco": "unit/storage/test_poses.py",
    "storage.formats.csv_rows": "unit/storage/test_wide_csv.py",
    "storage.formats.cvat": "unit/storage/test_poses.py",
    "storage.formats.deeplabcut": "unit/storage/test_poses.py",
    "storage.formats.pose_body": "unit/storage/test_poses.py",
    "storage.formats.rerun_log": "unit/storage/test_poses.py",
    "storage.formats.tiers": "unit/storage/test_elan.py",
    "storage.formats.tracked": "unit/storage/test_poses.py",
    "storage.ledger": "unit/jobs/test_batch.py",
    "storage.reading": "unit/storage/test_ml5_json.py",
    "studio.describe": "unit/studio/test_session.py",
    "studio.project": "unit/studio/test_session.py",
    "studio.safety": "unit/studio/test_app.py",
    "tasks.bench_videos": "end_to_end/test_bench.py",
    "tasks.examples": "end_to_end/test_clean.py",
    "tasks.label_run": "unit/tasks/test_label_report.py",
    "tasks.report": "end_to_end/test_evaluate.py",
    "temporal.presence": "unit/temporal/test_events.py",
    "tracking.decoding": "unit/tracking/test_video.py",
    "tracking.opencv_decoder": "unit/tracking/test_video.py",
    "tracking.pyav_decoder": "unit/tracking/test_video.py",
    "tracking.quiet": "unit/tracking/test_images.py",
}


def child(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def imported(tree: ast.AST) -> Iterator[str]:
    """Name every module that a piece of source imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module":
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def tree(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text(encoding="utf-8"))


def calls(module: str) -> set[str]:
    """Name every function that a module calls, as it is written."""
    return {ast.unparse(node.func) for node in ast.walk(tree(module)) if isinstance(node, ast.Call)}


def _constants_classes_functions(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_importing_posknn_loads_nothing_heavy() -> None:
    loaded = child(f"import sys, posknn; print([name for name in {HEAVY} if name in sys.modules])")
    assert loaded == "[]"


def test_the_values_and_the_classifier_need_nothing_heavy() -> None:
    code = """
import sys
from posknn import Ema, KNNClassifier, Pipeline, PoseClassifier, Repetitions, Segments, run
from posknn.testing import ScriptedTracker, frames, stick_figure
classifier = PoseClassifier()
classifier.add_example(stick_figure(arms=10), "down")
classifier.add_example(stick_figure(arms=170), "up")
classifier.calibrate()
run(frames(3), Pipeline(ScriptedTracker([stick_figure()] * 3), classifier, Ema()), Segments(), Repetitions("up > down"))
"""
    assert child(f"{code}\nprint([name for name in {HEAVY} if name in sys.modules])") == "[]"


def test_the_command_line_loads_no_more_than_click() -> None:
    loaded = child(
        f"""
import sys
from posknn.cli import main
main(["--help"])
print([name for name in {HEAVY} if name in sys.modules])
"""
    )
    assert loaded.splitlines()[-1] == "['click']"


def test_importing_posknn_changes_nothing() -> None:
    code = """
import os, signal, sys, threading, warnings
import numpy

def state():
    return dict(os.environ), signal.getsignal(signal.SIGINT), threading.active_count(), warnings.filters[:], sys.path[:]

before = state()
import posknn, posknn.cli
print(state() == before)
"""
    assert child(code) == "True"


def test_mediapipe_is_known_to_the_tracker_alone() -> None:
    users = [module for module in SOURCES if any(name.split(".")[0] == "mediapipe" for name in imported(tree(module)))]
    assert users == ["tracking.tracker"]


@pytest.mark.parametrize("module", [module for module in SOURCES if not module.startswith("cli.")])
def test_the_library_prints_and_exits_nowhere(module: str) -> None:
    if module == "jobs.crews":  # whose processes end with the one that started them
        assert "os._exit" in calls(module)
        return
    assert not calls(module) & {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write", "sys.stderr.write"}


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_says_in_one_sentence_what_it_is_for(module: str) -> None:
    text = ast.get_docstring(tree(module))
    assert text
    first = text.splitlines()[0]
    assert first.endswith(".")
    assert first[0].isupper()
    assert ". " not in first


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.parent.name)
def test_a_folder_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_lists_what_it_offers(module: str) -> None:
    offered = importlib.import_module(f"posknn.{module}")
    assert offered.__all__ == sorted(set(offered.__all__), key=_constants_classes_functions)
    assert [name for name in offered.__all__ if not hasattr(offered, name)] == []


@pytest.mark.parametrize("module", SOURCES)
def test_what_a_module_offers_is_described(module: str) -> None:
    public = importlib.import_module(f"posknn.{module}").__all__
    for node in tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in public:
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_is_tested(module: str) -> None:
    if module in TESTED_WITH:
        assert (TESTS / TESTED_WITH[module]).is_file()
        return
    name = f"test_{module.split('.')[-1]}.py"
    assert list(TESTS.rglob(name)), f"there is no {name}"


def test_no_module_of_the_list_is_gone() -> None:
    assert set(TESTED_WITH) <= set(SOURCES)
