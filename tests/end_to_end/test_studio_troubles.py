"""What can go wrong in front of the studio, and who may not reach it, in a real browser."""

from __future__ import annotations

import http.server
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

BREAKS = """
import json, sys
from posknn.errors import TrackerError
from posknn.studio.server import serve

class Breaks:
    def __init__(self): self.frames = 0
    def __call__(self, frame):
        self.frames += 1
        if self.frames > 5: raise {error}
        return ()
    def close(self): pass

serve(sys.argv[2], port=0, browser=False, tracker=Breaks,
      announce=lambda address, token: print(json.dumps(dict(address=address, token=token)), flush=True))
"""


REFUSALS = {
    "NotAllowedError": "Allow it at the camera sign beside the address",
    "NotFoundError": "No camera was found. Plug one in",
    "NotReadableError": "in use by another program. Close that program",
    "AbortError": "The camera did not start. Unplug it",
}


def test_a_camera_that_cannot_be_had_is_explained_with_the_way_out(
    start: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path
) -> None:
    page, wrong = visit(start(tmp_path))
    button = page.get_by_role("button", name="Start the camera")
    button.wait_for()
    for error, words in REFUSALS.items():
        page.evaluate(
            "error => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', error)))",
            error,
        )
        button.click()
        page.get_by_role("alert").get_by_text(words).wait_for()
        assert button.is_enabled()
    page.evaluate("delete navigator.mediaDevices.getUserMedia")
    button.click()
    page.get_by_test_id("said").get_by_text("Nothing taught yet").wait_for()
    assert wrong == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ('TrackerError("MediaPipe failed at 1.00 s: no graph")', "MediaPipe failed at 1.00 s: no graph"),
        ('KeyError("what nobody thought of")', "the tracker has stopped; the terminal says more"),
    ],
)
def test_a_tracker_that_fails_is_told_and_can_be_started_again(
    start: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path, error: str, words: str
) -> None:
    page, wrong = visit(start(tmp_path, command=BREAKS.replace("{error}", error)))
    for _ in range(2):
        page.get_by_role("button", name="Start the camera").click()
        page.get_by_role("alert").get_by_text(words).wait_for()
        page.get_by_role("button", name="Start the camera").wait_for()
    assert page.evaluate("posknnCamera.on") is False
    assert wrong == []


def test_a_server_that_goes_is_told_and_found_again_when_it_is_back(
    start: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path
) -> None:
    studio = start(tmp_path)
    page, _ = visit(studio)
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_test_id("said").get_by_text("Nothing taught yet").wait_for()
    studio.end(signal.SIGKILL)
    page.get_by_role("alert").get_by_text("Is `posknn studio` still running in the terminal?").wait_for()
    start(tmp_path, "--port", studio.address.rstrip("/").rpartition(":")[2])
    page.get_by_test_id("said").get_by_text("Nothing taught yet").wait_for()
    assert page.evaluate("posknnCamera.on") is True
    assert page.get_by_role("alert").filter(has_text="still running").count() == 0


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Return the address of a page of another origin."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>elsewhere</title>")

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_page_of_another_origin_can_neither_read_nor_post_nor_listen(
    start: Callable[..., Any], browser: Any, elsewhere: str, tmp_path: Path
) -> None:
    studio = start(tmp_path)
    page = browser.new_page()
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if studio.address in answer.url else None)
    page.goto(elsewhere)
    found = page.evaluate(
        """async (studio) => {
          const tried = {};
          const attempt = async (name, options) => {
            try {
              const answer = await fetch(studio + "api/" + name, options);
              tried[`${name} ${options.mode}`] = answer.type === "opaque" ? "" : await answer.text();
            } catch (error) { tried[`${name} ${options.mode}`] = ""; }
          };
          for (const mode of ["cors", "no-cors"]) {
            await attempt("examples", { mode });
            await attempt("undo", { mode, method: "POST", body: "{}" });
            await attempt("relabel", { mode, method: "POST", body: "{}", headers: { "content-type": "text/plain" } });
          }
          for (const name of ["camera", "pictures", "events"]) {
            const socket = new WebSocket(studio.replace("http", "ws") + "api/" + name);
            tried[name] = await new Promise((resolve) => {
              socket.onopen = () => resolve("open");
              socket.onerror = () => resolve("");
            });
          }
          const frame = document.createElement("iframe");
          frame.src = studio;
          document.body.append(frame);
          await new Promise((resolve) => (frame.onload = resolve));
          try { tried.frame = frame.contentDocument.body.innerText; } catch { tried.frame = ""; }
          return tried;
        }""",
        studio.address,
    )
    page.close()
    assert len(found) == 10
    assert set(found.values()) == {""}
    assert set(statuses) == {403}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not list its sockets in /proc")
def test_no_socket_of_the_server_leads_off_this_machine(
    start: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path
) -> None:
    studio = start(tmp_path)
    page, wrong = visit(studio)
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_test_id("said").get_by_text("Nothing taught yet").wait_for()
    seen: set[str] = set()
    for view in ("Examples", "Evaluate", "Live", "Teach"):
        page.get_by_role("link", name=view, exact=True).click()
        page.wait_for_timeout(300)
        seen |= far_ends(studio.process.pid)
    assert seen, "the page holds a WebSocket, so there is one at least"
    assert {end for end in seen if not re.match(r"0100007F|0{24}0100007F|0{8}:0|0{24}FFFF0{4}0100007F", end)} == set()
    assert wrong == []


def far_ends(process: int) -> set[str]:
    """Return the far ends of a process's TCP and UDP sockets, as /proc has them."""
    inodes = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            inodes |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
        except OSError:  # closed meanwhile
            continue
    rows = [
        line.split()
        for table in ("tcp", "tcp6", "udp", "udp6")
        for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[2] for row in rows if row[9] in inodes}


@pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C can be sent to a process alone")
@pytest.mark.parametrize("wait", [0, 400])
def test_ctrl_c_ends_the_server_whatever_the_camera_is_doing(
    start: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path, wait: int
) -> None:
    studio = start(tmp_path)
    page, _ = visit(studio)
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_timeout(wait)
    assert studio.end() == 0
