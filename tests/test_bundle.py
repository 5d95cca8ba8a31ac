"""What a bundle holds for another machine, and the judge of an installed page: the Python scripts of install/."""

import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from runpy import run_path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("python", "arch", "in_it", "not_in_it"),
    [
        ("3.11", "x86_64", {"numpy==2.4.6", "contourpy==1.3.3"}, {"numpy==2.5.5", "simplejpeg==1.9.0"}),
        ("3.13", "aarch64", {"numpy==2.5.5", "simplejpeg==1.9.0"}, {"numpy==2.4.6", "colorama==0.4.6"}),
    ],
)
def test_the_lock_is_read_for_the_machine_that_it_is_for(
    python: str, arch: str, in_it: set[str], not_in_it: set[str]
) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = run_path(str(ROOT / "install" / "wheels.py"))["lock_for"](lock, python, arch).splitlines()
    names = {line.split()[0] for line in lines}
    assert in_it <= names
    assert not not_in_it & names
    assert all(" --hash=sha256:" in line for line in lines)


@contextmanager
def site(answers: dict[str, int]) -> Iterator[int]:
    """A site on a free port that answers so; what it does not know is 404."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers.get(self.path, 404))
            self.end_headers()
            self.wfile.write(b"the pose worker hangs")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def judge(root: Path, config: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the judge as it is installed below `root`, beside this kiosk.yaml."""
    script = root / "opt" / "kiosk" / "releases" / "one" / "bin" / "kiosk-page"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "install" / "page.py", script)
    (root / "etc" / "kiosk").mkdir(parents=True)
    (root / "etc" / "kiosk" / "kiosk.yaml").write_text(config, encoding="utf-8")
    return subprocess.run([sys.executable, script, *options], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("healthz", [200, 404, 401])
def test_a_page_that_answers_is_well(healthz: int, tmp_path: Path) -> None:
    with site({"/healthz": healthz}) as port:
        result = judge(tmp_path, f"web:\n  port: {port}\n")
    assert (result.returncode, result.stdout) == (0, f"http://127.0.0.1:{port}/\n")


def test_the_box_asks_itself_also_where_one_address_of_the_network_is_served(tmp_path: Path) -> None:
    with site({"/healthz": 200}) as port:
        result = judge(tmp_path, f"web:\n  lan: true\n  host: 192.0.2.7\n  port: {port}\n")
    assert (result.returncode, result.stdout) == (0, f"http://127.0.0.1:{port}/\n")


def test_a_kiosk_that_says_it_is_not_well_is_quoted(tmp_path: Path) -> None:
    with site({"/healthz": 503}) as port:
        result = judge(tmp_path, f"web:\n  port: {port}\n")
    assert result.returncode == 1
    assert "the pose worker hangs" in result.stderr


def test_nobody_at_the_port_is_said(tmp_path: Path) -> None:
    result = judge(tmp_path, "web:\n  port: 9\n")
    assert result.returncode == 1
    assert "http://127.0.0.1:9/ does not answer" in result.stderr


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("web: {lan: true, port: 9090}\npose: {model: lite}\n", "lan 9090 lite http\n"),
        ("web: {lan: true, port: 8443, tls: {certificate: c.pem, key: k.pem}}\n", "lan 8443 full https\n"),
        ("language: en\n", "alone 8080 full http\n"),
        ("web: [\n", "alone 8080 full http\n"),
    ],
)
def test_the_settings_that_install_sh_asks_for(config: str, said: str, tmp_path: Path) -> None:
    assert judge(tmp_path, config, "--settings").stdout == said
