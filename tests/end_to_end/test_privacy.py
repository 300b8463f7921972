"""Nothing leaves the machine: a process that tracks and labels is watched from four sides."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import posknn
from posknn.tracking.tracker import contacts_its_maker

PACKAGE = Path(next(iter(posknn.__path__)))
PATHS = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
OPEN = Path("/proc/self/fd")
STRACE = shutil.which("strace")
# Seconds; versions that call their maker do so again and again within the longer time.
WATCHED = 8.0 if contacts_its_maker() else 4.0
NOWHERE = 'sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")'  # where a guarded version is pointed to

# What a user does, for some seconds: teach from one clip, label another, live from a file, all with one tracker each.
JOB = """
import json, os, sys, threading, time, warnings
from pathlib import Path

warnings.simplefilter("ignore")
asked = []
sys.addaudithook(lambda event, arguments: asked.append(event) if event.startswith("socket.") else None)

seen = set()
over = threading.Event()


def look():
    # Every open socket of this process, whoever opened it, some hundred times a second.
    while not over.wait(0.005):
        for file in os.listdir("/proc/self/fd"):
            try:
                target = os.readlink(f"/proc/self/fd/{file}")
            except OSError:
                continue
            if target.startswith("socket:"):
                seen.add(target)


if os.path.isdir("/proc/self/fd"):
    threading.Thread(target=look, daemon=True).start()

import posknn
from posknn.tasks.label import label
from posknn.tasks.live import live
from posknn.tasks.record import record

clips = Path(sys.argv[1])
Path("marks.csv").write_text("start,end,label\\n0.0,0.5,stand\\n")
begun = time.monotonic()
record(str(clips / "short.mp4"), [], "desk.parquet", marks="marks.csv")
(report,) = label("desk.parquet", [str(clips / "short.mp4")], "out", video=True)
live("desk.parquet", str(clips / "short.mp4"), headless=True)
tracker = posknn.PoseTracker()
frames = list(posknn.VideoFile(clips / "short.mp4"))
while time.monotonic() - begun < float(sys.argv[2]):
    for frame in frames:
        tracker(frame)
tracker.close()
over.set()
print(json.dumps({"seen": report.seen, "asked": asked, "sockets": sorted(seen)}))
"""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of the woman."""
    from posknn.output.video import VideoWriter
    from posknn.tracking.video import VideoFile
    from posknn.values import Result

    folder = tmp_path_factory.mktemp("clips")
    writer = VideoWriter(folder / "short.mp4", crf=18, draw=lambda result: result.frame.image)
    for frame in VideoFile(PACKAGE / "clips" / "jumping_jacks.mp4"):
        if frame.time >= 1:
            break
        writer(Result(frame))
    writer.close()
    return folder


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Listen as a proxy; give its address and, as they come, the first lines of what it is asked."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed: that is the end
                    return
                with connection:
                    connection.settimeout(2)
                    asked.append(connection.recv(200).split(b"\r\n")[0].decode(errors="replace"))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        host, port = server.getsockname()
        yield f"http://{host}:{port}", asked
        server.shutdown(socket.SHUT_RDWR)
    thread.join(3)


def job(
    clips: Path, folder: Path, seconds: float, *before: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": PATHS, **environment}
    command = [*before, sys.executable, "-c", JOB, str(clips), str(seconds)]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


def test_no_socket_is_opened_and_no_proxy_is_asked(clips: Path, tmp_path: Path) -> None:
    with listening() as (proxy, asked):
        names = ("https_proxy", "http_proxy", "all_proxy", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
        done = job(clips, tmp_path, WATCHED, **dict.fromkeys(names, proxy), no_proxy="", NO_PROXY="")
    report = json.loads(done.stdout)
    assert report["seen"] == 20  # it did work
    assert report["asked"] == []  # nothing of Python's asked for a socket
    assert asked == []  # nor did native code call the maker
    if not OPEN.is_dir():
        print(f"open files cannot be listed here: there is no {OPEN}")
    elif not contacts_its_maker():
        assert report["sockets"] == []


def watched(log: Path) -> list[str]:
    """Return the front of a command that writes down each call that reaches out; skip where nobody may watch."""
    if STRACE is None:
        pytest.skip("strace is not installed")
    usable = subprocess.run([STRACE, "-f", "-o", os.devnull, "true"], capture_output=True, check=False, timeout=30)
    if usable.returncode:
        pytest.skip(f"strace may not watch here: {usable.stderr.decode(errors='replace').strip()}")
    return [STRACE, "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg,sendmmsg", "-o", str(log)]


def reached_out(log: Path) -> list[str]:
    """Return the calls to other machines, or to this one by its network."""
    return [line for line in log.read_text(errors="replace").splitlines() if "AF_INET" in line]


def test_the_system_sees_no_connection(clips: Path, tmp_path: Path) -> None:
    log = tmp_path / "calls.txt"
    unset = dict.fromkeys(("https_proxy", "http_proxy", "HTTPS_PROXY", "HTTP_PROXY"), "")
    done = job(clips, tmp_path, WATCHED, *watched(log), **unset)
    assert json.loads(done.stdout)["seen"] == 20
    calls = reached_out(log)
    if contacts_its_maker():
        calls = [line for line in calls if "socket(" not in line and NOWHERE not in line]
    assert calls == []


def test_the_watch_on_system_calls_sees(tmp_path: Path) -> None:
    """A check that finds nothing must be shown to be able to find something, in threads too."""
    log = tmp_path / "calls.txt"
    code = """
import socket, threading
reach = lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", 9))
thread = threading.Thread(target=reach)
thread.start()
thread.join()
"""
    subprocess.run([*watched(log), sys.executable, "-c", code], check=True, timeout=60)
    assert any("sendto(" in line for line in reached_out(log))


def test_the_listener_of_this_test_hears(tmp_path: Path) -> None:
    """A check that finds nothing must be shown to be able to find something."""
    with listening() as (proxy, asked):
        code = "import urllib.request as r\ntry:\n    r.urlopen('https://example.invalid')\nexcept OSError:\n    pass"
        env = {**os.environ, "https_proxy": proxy, "no_proxy": ""}
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=True, timeout=30)
    assert [line.rpartition(" ")[0] for line in asked] == ["CONNECT example.invalid:443"]


@pytest.mark.skipif(os.name != "posix", reason="the guard sets variables of the C library of Unix systems")
def test_the_guard_reaches_native_code_alone() -> None:
    """Versions of MediaPipe that call their maker are not installed here: the guard is looked at by itself."""
    code = """
import ctypes, json, os, urllib.request, warnings
from posknn.errors import PrivacyWarning
from posknn.tracking import tracker
before = dict(os.environ), urllib.request.getproxies()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    tracker._block_metrics()
c = ctypes.CDLL(None)
c.getenv.restype = ctypes.c_char_p
names = ("https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy", "NO_PROXY")
print(json.dumps({
    "native": {name: (c.getenv(name.encode()) or b"").decode() for name in names},
    "python": (dict(os.environ), urllib.request.getproxies()) == before,
    "warned": [str(one.message) for one in caught if one.category is PrivacyWarning],
}))
"""
    env = {**os.environ, "PYTHONPATH": PATHS, "no_proxy": "*"}
    env |= dict.fromkeys(("https_proxy", "http_proxy"), "http://mine:3128")
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=60)
    found = json.loads(done.stdout)
    assert found["native"] == {
        **dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9"),
        "http_proxy": "http://mine:3128",  # FFmpeg looks there, for a camera on this very network too
        "no_proxy": "",
        "NO_PROXY": "",
    }
    assert found["python"] is True
    (warning,) = found["warned"]
    assert "contacts its maker" in warning
    assert "\n" not in warning


def test_nothing_of_the_pictures_is_kept(clips: Path, tmp_path: Path) -> None:
    """Teaching from a video leaves numbers, and nothing beside the recording."""
    from posknn.storage.recordings import read_recording
    from posknn.tasks.record import record

    (tmp_path / "marks.csv").write_text("start,end,label\n0.0,0.5,stand\n")
    record(str(clips / "short.mp4"), [], tmp_path / "a.parquet", marks=tmp_path / "marks.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "marks.csv"]
    provenance = read_recording(tmp_path / "a.parquet").provenance
    assert "/" not in str(provenance["source"])  # the name of the video without the folders it lay in
