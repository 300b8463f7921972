import json
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from posknn.errors import OutputError
from posknn.studio.server import serve


def test_serves_this_machine_alone_until_ctrl_c(tmp_path: Path) -> None:
    code = "from posknn.cli import main; main()"
    arguments = ["studio", str(tmp_path / "desk"), "--no-browser", "--port", "0", "--json"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        said = json.loads(process.stdout.readline())
        assert said["token"] is None
        with urllib.request.urlopen(said["address"] + "api/project", timeout=10) as answer:
            assert json.load(answer)["counts"] == []
        process.send_signal(2)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OutputError, match="--port"):
        serve(tmp_path, port=taken.getsockname()[1], browser=False)
