"""Native log lines are dropped, everything else on stderr is passed on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from posknn.tracking.native_log import hushed

OPEN = Path("/proc/self/fd")
NATIVE = [
    b"I0000 00:00:1780000000.123456   12345 gl_context.cc:369] GL version: 3.2\n",
    b"W0000 00:00:1780000000.123456   12345 inference_feedback_manager.cc:114] Feedback manager requires a model\n",
    b"E0000 00:00:1780000000.123456   12345 something.cc:1] failed\n",
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n",
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"WARNING: Logging before InitGoogleLogging() is written to STDERR\n",
]
OTHERS = [
    b"somebody else's line\n",
    b"Traceback (most recent call last):\n",
    b"INFO\n",
    b"WARNING: low battery\n",
    b"W00 is a name\n",
    b"  I0000 indented\n",
    "ünï 人\n".encode(),
    b"\xff\xfe no text at all\n",
    b"\n",
]


def test_native_lines_are_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    with hushed():
        for line in NATIVE:
            os.write(2, line)
    assert capfd.readouterr().err == ""


def test_what_others_write_is_passed_on_in_order(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with hushed():
        for other, native in zip(OTHERS, [*NATIVE, *NATIVE], strict=False):
            os.write(2, other)
            os.write(2, native)
    assert capfdbinary.readouterr().err == b"".join(OTHERS)


def test_a_line_without_an_end_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with hushed():
        os.write(2, b"no end")
    assert capfd.readouterr().err == "no end"


def test_much_is_passed_on_whole(capfd: pytest.CaptureFixture[str]) -> None:
    lines = [f"line {number}\n" for number in range(30_000)]
    with hushed():
        for start in range(0, len(lines), 1000):
            os.write(2, "".join(lines[start : start + 1000]).encode())
    assert capfd.readouterr().err == "".join(lines)


def test_prints_through_sys_stderr_are_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with hushed():
        print("mine", file=sys.stderr)
    assert capfd.readouterr().err == "mine\n"


def test_afterwards_nothing_is_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    with hushed():
        pass
    os.write(2, NATIVE[0])
    assert capfd.readouterr().err.encode() == NATIVE[0]


def test_stdout_is_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    with hushed():
        os.write(1, NATIVE[0])
        assert capfd.readouterr().out.encode() == NATIVE[0]


def test_inside_each_other_the_outermost_decides(capfd: pytest.CaptureFixture[str]) -> None:
    with hushed():
        with hushed():
            os.write(2, b"inner\n" + NATIVE[0])
        os.write(2, b"outer\n" + NATIVE[1])
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == "inner\nouter\n"


def _write_and_fail(error: type[BaseException]) -> None:
    with hushed():
        os.write(2, b"before\n" + NATIVE[0])
        raise error


def test_an_exception_puts_stderr_back(capfd: pytest.CaptureFixture[str]) -> None:
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error):
            _write_and_fail(error)
        os.write(2, b"after\n")
        assert capfd.readouterr().err == "before\nafter\n"


def test_threads_may_overlap(capfd: pytest.CaptureFixture[str]) -> None:
    start = threading.Barrier(8)

    def worker(number: int) -> None:
        start.wait()
        for step in range(50):
            with hushed():
                os.write(2, b"thread %d step %d\n" % (number, step) + NATIVE[step % len(NATIVE)])

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = capfd.readouterr().err.splitlines()
    assert sorted(lines) == sorted(f"thread {number} step {step}" for number in range(8) for step in range(50))
    os.write(2, b"still there\n")
    assert capfd.readouterr().err == "still there\n"


@pytest.mark.skipif(not OPEN.is_dir(), reason=f"this system does not list its open files in {OPEN}")
def test_no_descriptors_are_lost() -> None:
    before = len(list(OPEN.iterdir()))
    for _ in range(20):
        with hushed():
            pass
    assert len(list(OPEN.iterdir())) == before


def test_without_any_stderr_it_does_no_harm() -> None:
    code = (
        "import os, sys\n"
        "os.close(2)\n"
        "from posknn.tracking.native_log import hushed\n"
        "with hushed():\n"
        "    print('inside')\n"
        "with hushed():\n"
        "    print('again')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (0, "inside\nagain\n")
