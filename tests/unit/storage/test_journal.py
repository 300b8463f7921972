"""A recording under way: the journal, its recovery and what a killed process leaves behind."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import posknn
from posknn.errors import FileFormatError, OutputError
from posknn.storage.journal import read_journal
from posknn.storage.recordings import RecordingWriter, find_parts, read_recording, recover
from posknn.values import Pose

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"
ROOT = str(Path(next(iter(posknn.__path__))).parent)


def pose(number: float = 1.0) -> Pose:
    return Pose.from_flat(np.arange(1, 133, dtype=np.float32) * np.float32(number))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def cut_off(path: Path, rows: int = 3) -> Path:
    """Leave the journal of a recorder that was cut off after whole batches of one row."""
    writer = RecordingWriter(path, flush_every=0)
    for row in range(rows):
        writer.append(pose(row + 1), time=row / 10, frame=row, label="up", take=row)
    part = path.with_suffix(".arrows.part")
    content = part.read_bytes()
    writer.finish()
    path.unlink()
    part.write_bytes(content)
    return part


def read_header(path: Path) -> bytes:
    """Return the journal of a recorder that was cut off before its first row."""
    writer = RecordingWriter(path)
    content = path.with_suffix(".arrows.part").read_bytes()
    writer.finish()
    return content


def test_rows_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with RecordingWriter(path, units="pixels", provenance={"source": "camera 0"}) as writer:
        writer.append(pose(), time=0.5, frame=3, person=2, label="up", take=1)
        writer.append(None, time=0.6, frame=4)
        writer.append(pose(2), time=0.6, frame=5, label=5)
        assert (tmp_path / "a.arrows.part").exists()
        assert not path.exists()
    assert list(tmp_path.iterdir()) == [path]
    recording = read_recording(path)
    assert Pose.from_points(recording.points[0]) == pose()
    assert np.isnan(recording.points[1]).all()
    assert recording.labels == ("up", None, 5)
    columns = [recording.times, recording.frames, recording.people, recording.takes]
    assert [np.asarray(column).tolist() for column in columns] == [[0.5, 0.6, 0.6], [3, 4, 5], [2, 0, 0], [1, 0, 0]]
    assert (recording.name, recording.units, dict(recording.provenance)) == ("a", "pixels", {"source": "camera 0"})


def test_a_missing_keypoint_stays_missing(tmp_path: Path) -> None:
    points = np.ones((33, 4), np.float32)
    points[7] = np.nan
    with RecordingWriter(tmp_path / "a.parquet") as writer:
        writer.append(Pose.from_points(points), time=0, frame=0)
    np.testing.assert_array_equal(read_recording(tmp_path / "a.parquet").points[0], points)


def test_rows_are_written_when_it_is_time(tmp_path: Path) -> None:
    clock, part = Clock(), tmp_path / "a.arrows.part"
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0.5, clock=clock)
    writer.append(pose(), time=0, frame=0)
    clock.now += 0.4
    writer.append(pose(), time=0.4, frame=1)
    assert len(read_journal(part)) == 0
    clock.now += 0.1
    writer.append(pose(), time=0.5, frame=2)
    assert len(read_journal(part)) == 3
    writer.append(pose(), time=0.6, frame=3)
    assert len(read_journal(part)) == 3
    writer.flush()
    assert len(read_journal(part)) == 4
    writer.close()


def test_undone_takes_are_gone_for_good(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=1000)
    for frame, take in enumerate([0, 1, 1, 2]):
        writer.append(pose(), time=frame, frame=frame, take=take)
    writer.undo(1)
    assert np.asarray(read_journal(tmp_path / "a.arrows.part").frames).tolist() == [0, 3]
    writer.append(pose(), time=9, frame=9, take=1)
    writer.close()
    recording = read_recording(tmp_path / "a.parquet")
    assert np.asarray(recording.frames).tolist() == [0, 3, 9]
    assert np.asarray(recording.takes).tolist() == [0, 2, 1]


def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    assert RecordingWriter(tmp_path / "a.parquet").finish() is None
    writer = RecordingWriter(tmp_path / "a.parquet")
    writer.append(pose(), time=0, frame=0, take=4)
    writer.undo(4)
    assert writer.finish() is None
    assert list(tmp_path.iterdir()) == []


def test_finishing_twice_is_finishing_once(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet")
    writer.append(pose(), time=0, frame=0)
    assert writer.finish() == tmp_path / "a.parquet"
    writer.close()
    writer.flush()
    assert writer.finish() == tmp_path / "a.parquet"
    with pytest.raises(ValueError, match="finished"):
        writer.append(pose(), time=1, frame=1)


def test_an_error_in_the_block_keeps_the_rows(tmp_path: Path) -> None:
    def interrupted() -> None:
        with RecordingWriter(tmp_path / "a.parquet") as writer:
            writer.append(pose(), time=0, frame=0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(read_recording(tmp_path / "a.parquet")) == 1


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        RecordingWriter(tmp_path / "a.parquet")
    cut_off(tmp_path / "b.parquet")
    with pytest.raises(OutputError, match="posknn doctor"):
        RecordingWriter(tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet")
    writer.append(pose(), time=0, frame=0)
    (tmp_path / "a.parquet").write_text("mine")
    assert writer.finish() == tmp_path / "a-recovered.parquet"
    assert (tmp_path / "a.parquet").read_text() == "mine"


def test_wrong_arguments_spoil_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a recording is called"):
        RecordingWriter(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="units"):
        RecordingWriter(tmp_path / "a.parquet", units="miles")
    with pytest.raises(OutputError, match="there is no folder"):
        RecordingWriter(tmp_path / "no" / "a.parquet")
    with RecordingWriter(tmp_path / "a.parquet") as writer:
        writer.append(pose(), time=1, frame=0)
        for time_, label in ((0.5, "up"), (float("nan"), "up"), (2, "\ud800"), (2, 2**64)):
            with pytest.raises(ValueError, match=r"time|label"):
                writer.append(pose(), time=time_, frame=1, label=label)
    assert len(read_recording(tmp_path / "a.parquet")) == 1


def test_a_disk_that_is_full_from_the_start_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with files_no_larger_than(100), pytest.raises(OutputError, match=r"a\.arrows\.part"):
        RecordingWriter(tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_journal_cut_at_any_byte_gives_the_whole_batches_before(tmp_path: Path) -> None:
    part = tmp_path / "a.arrows.part"
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    ends = [part.stat().st_size]
    for row in range(2):
        writer.append(pose(row + 1), time=row, frame=row)
        ends.append(part.stat().st_size)
    content = part.read_bytes()
    writer.close()
    torn = tmp_path / "torn"
    # Every byte of the head and of a batch after another one, some of the batch between, which is built alike.
    for length in [*range(ends[0]), *range(ends[0], ends[1], 9), *range(ends[1], ends[2] + 1)]:
        torn.write_bytes(content[:length])
        if length < ends[0]:
            with pytest.raises(FileFormatError, match="no row can be read"):
                read_journal(torn)
            continue
        recording = read_journal(torn)
        assert len(recording) == sum(end <= length for end in ends[1:])
        for row, points in enumerate(recording.points):
            assert (points.ravel() == pose(row + 1).flat()).all()


def test_a_journal_of_format_1_is_recovered(tmp_path: Path) -> None:
    part = tmp_path / "a.arrows.part"
    part.write_bytes((GOLDEN / "recording.arrows").read_bytes())
    recording = read_recording(recovered(part))
    assert recording.labels == ("up", None, 5)
    assert recording.provenance == {"source": "camera 0"}
    assert not part.exists()


def recovered(part: Path) -> Path:
    path = recover(part)
    assert path is not None
    return path


def test_recovery_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for name in ("a.parquet", "a-recovered.parquet", "a-recovered-2.parquet"):
        part = cut_off(tmp_path / "new" / "a.parquet").rename(tmp_path / "a.arrows.part")
        assert find_parts(tmp_path) == [part]
        assert recover(part) == tmp_path / name
        assert len(read_recording(tmp_path / name)) == 3
    assert find_parts(tmp_path) == []


def test_a_journal_that_nothing_was_written_to_goes(tmp_path: Path) -> None:
    header = read_header(tmp_path / "a.parquet")
    part = tmp_path / "a.arrows.part"
    part.write_bytes(header)
    assert recover(part) is None
    assert list(tmp_path.iterdir()) == []
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    writer.append(pose(), time=0, frame=0, take=7)
    writer.undo(7)
    content = part.read_bytes()
    writer.finish()
    part.write_bytes(content)
    assert recover(part) is None
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_part_without_rows_is_left_alone(tmp_path: Path) -> None:
    part = tmp_path / "deep" / "er" / "a.arrows.part"
    part.parent.mkdir(parents=True)
    header = read_header(tmp_path / "b.parquet")
    for content in (b"", b"rubbish" * 100, b"\0" * 4096, header[:-9], header + b"rubbish" * 100):
        part.write_bytes(content)
        assert find_parts(tmp_path) == [part]
        with pytest.raises(FileFormatError, match=r"a\.arrows\.part: no row can be read"):
            recover(part)
        assert part.read_bytes() == content
    with pytest.raises(FileFormatError, match="cannot read"):
        recover(tmp_path / "missing.arrows.part")
    with pytest.raises(FileFormatError, match="is called"):
        recover(tmp_path / "a.parquet")


def test_what_is_still_being_recorded_is_not_taken_away(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    writer.append(pose(), time=0, frame=0)
    with pytest.raises(OutputError, match="still being recorded"):
        recover(tmp_path / "a.arrows.part")
    writer.append(pose(), time=1, frame=1)
    assert writer.finish() == tmp_path / "a.parquet"
    assert len(read_recording(tmp_path / "a.parquet")) == 2


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    resource = pytest.importorskip("resource", reason="no limit on file sizes here")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("spare", [0, 1, 300, 1000])
def test_a_full_disk_loses_nothing_that_was_written(tmp_path: Path, spare: int) -> None:
    part = tmp_path / "a.arrows.part"
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    writer.append(pose(1), time=0, frame=0)
    with files_no_larger_than(part.stat().st_size + spare):
        with pytest.raises(OutputError, match=r"a\.arrows\.part.*posknn doctor"):
            writer.append(pose(2), time=1, frame=1)
        assert len(read_journal(part)) == 1
        with pytest.raises(OutputError, match=r"a\.arrows\.part"):
            writer.finish()
    assert len(read_recording(recovered(part))) == 1


def test_a_disk_that_is_full_for_a_while_loses_nothing(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    writer.append(pose(1), time=0, frame=0)
    with files_no_larger_than(1500), pytest.raises(OutputError):
        writer.append(pose(2), time=1, frame=1)
    writer.append(pose(3), time=2, frame=2)
    writer.finish()
    assert np.asarray(read_recording(tmp_path / "a.parquet").frames).tolist() == [0, 1, 2]


def test_a_recording_that_cannot_be_finished_stays_in_its_journal(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    writer.append(pose(1), time=0, frame=0)
    with files_no_larger_than(100), pytest.raises(OutputError, match=r"all is in .*a\.arrows\.part"):
        writer.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.arrows.part"]
    assert len(read_recording(recovered(tmp_path / "a.arrows.part"))) == 1
    assert writer.finish() is None  # somebody else has done it
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


@pytest.mark.parametrize("name", ["a.parquet", "A.PARQUET"])
def test_a_finish_that_was_cut_off_is_made_good(tmp_path: Path, name: str) -> None:
    writer = RecordingWriter(tmp_path / name, flush_every=1000)
    writer.append(pose(1), time=0, frame=0)
    with files_no_larger_than(100), pytest.raises(OutputError):
        writer.finish()  # the waiting row cannot be written
    with pytest.raises(ValueError, match="finished"):
        writer.append(pose(2), time=1, frame=1)
    assert writer.finish() == tmp_path / name
    assert writer.finish() == tmp_path / name
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(read_recording(tmp_path / name)) == 1


def test_a_finish_whose_file_cannot_be_written_is_made_good(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    writer.append(pose(1), time=0, frame=0)
    with files_no_larger_than(100), pytest.raises(OutputError, match="all is in"):
        writer.finish()
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def interrupted(call: Callable[[], object], line: int) -> bool:
    """Press Ctrl-C before the `line`-th line of the writer that a call runs; say whether it ran so many."""
    before, lines = sys.gettrace(), 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.endswith(("recordings.py", "journal.py")):
            return None
        lines += event == "line"
        if event == "line" and lines == line:
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_ctrl_c_anywhere_in_finish_is_made_good_by_the_next(tmp_path: Path) -> None:
    for line in itertools.count(1):
        path = tmp_path / str(line) / "a.parquet"
        path.parent.mkdir()
        writer = RecordingWriter(path, flush_every=1000)
        writer.append(pose(), time=0, frame=0)
        reached = interrupted(writer.finish, line)
        assert writer.finish() == path
        # A hidden half-written file may stay beside it, but no journal and no second recording.
        assert [file.name for file in path.parent.iterdir() if not file.name.startswith(".")] == ["a.parquet"]
        assert len(read_recording(path)) == 1
        if not reached:
            break
    assert line > 20


RECORD = """
import sys, time
import numpy as np
from posknn.storage.recordings import RecordingWriter
from posknn.values import Pose
writer = RecordingWriter(sys.argv[1], flush_every=0.1)
row = 0
while True:
    writer.append(Pose(np.full((33, 3), row + 1), np.ones(33)), time=row / 1000, frame=row, label="up")
    sys.stdout.write(f"{row} {time.monotonic()}\\n")
    sys.stdout.flush()
    row += 1
    time.sleep(0.001)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
@pytest.mark.parametrize("seconds", [0.031, 0.173, 0.437])
def test_a_killed_recorder_loses_no_more_than_the_last_moment(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "a.parquet"
    command = [sys.executable, "-c", RECORD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": ROOT}) as process:
        assert process.stdout is not None
        started = [process.stdout.readline()]
        while time.monotonic() < float(started[0].split()[1]) + 0.25 + seconds:
            started.append(process.stdout.readline())
        with pytest.raises(OutputError, match="still being recorded"):
            recover(tmp_path / "a.arrows.part")
        process.send_signal(signal.SIGKILL)
        acknowledged = [line.split() for line in started + process.stdout.readlines() if line.endswith(b"\n")]
    recording = read_recording(recovered(tmp_path / "a.arrows.part"))
    assert np.asarray(recording.frames).tolist() == list(range(len(recording)))
    assert (recording.points[:, 0, 0] == np.arange(1, len(recording) + 1)).all()
    durable = [row for row, when in acknowledged if float(when) < float(acknowledged[-1][1]) - 0.2]
    assert len(recording) >= len(durable) > 0
