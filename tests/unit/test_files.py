"""Whole files: in place at once, or nothing left."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from posknn.errors import OutputError
from posknn.files import WholeFile, write_text


def fail(path: Path, error: BaseException) -> None:
    with WholeFile(path) as partial:
        partial.write_text("half")
        raise error


def test_commit_replaces_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with WholeFile(path) as partial:
        partial.write_text("new")
        assert partial.parent == tmp_path
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt()])
def test_exception_leaves_the_old_file(error: BaseException, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(error)):
        fail(path, error)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_refusal_of_the_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*a\.txt: the disk is full") as caught:
        fail(tmp_path / "a.txt", OSError(28, "the disk is full"))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nothing_written_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"):
        WholeFile(tmp_path / "a.txt").commit()


def test_discard_twice_is_harmless(tmp_path: Path) -> None:
    whole = WholeFile(tmp_path / "a.txt")
    whole.partial.write_text("x")
    assert not whole.finished
    whole.discard()
    whole.discard()
    assert whole.finished
    assert list(tmp_path.iterdir()) == []


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    first, second = WholeFile(tmp_path / "a.txt"), WholeFile(tmp_path / "a.txt")
    first.partial.write_text("first")
    second.partial.write_text("second")
    first.commit()
    second.commit()
    assert (tmp_path / "a.txt").read_text() == "second"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["x" * 250 + ".csv", "스" * 80 + ".csv", "with space.csv", ".hidden"])
def test_any_name_that_the_disk_takes(name: str, tmp_path: Path) -> None:
    with WholeFile(tmp_path / name) as partial:
        partial.write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with WholeFile("a.txt") as partial:
        partial.write_text("x")
    assert (tmp_path / "a.txt").read_text() == "x"


def test_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder"):
        WholeFile(tmp_path)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"there is no folder .*no; create it first"):
        WholeFile(tmp_path / "no" / "a.txt")


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and devices")
class TestPosix:
    def test_device_is_never_replaced(self) -> None:
        with pytest.raises(OutputError, match="it is a device"):
            WholeFile("/dev/null")

    def test_link_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "real.txt").write_text("old")
        link = tmp_path / "link.txt"
        link.symlink_to("real.txt")
        with WholeFile(link) as partial:
            partial.write_text("new")
        assert link.is_symlink()
        assert (tmp_path / "real.txt").read_text() == "new"

    def test_permissions_are_those_of_a_plain_file(self, tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("x")
        with WholeFile(tmp_path / "new") as partial:
            partial.write_text("x")
        assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode

    def test_permissions_of_the_old_file_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_text("old")
        path.chmod(0o600)
        with WholeFile(path) as partial:
            partial.write_text("new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
    def test_closed_folder(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="no permission"):
            WholeFile(tmp_path / "a.txt")


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="half a character"):
        write_text(tmp_path / "a.txt", "a\ud800")
    assert list(tmp_path.iterdir()) == []
