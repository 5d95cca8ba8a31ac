"""`sudo ./install.sh` for real, on a machine below a prefix: what it puts where, what it leaves, and the way back."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from tests.appliance import Box


@pytest.fixture
def kiosk(box: Box) -> Box:
    """A machine with the kiosk installed."""
    box.installed()
    (box.root / "systemctl.log").unlink()
    return box


def upgrade(box: Box, broken: bool = False) -> None:
    """Put a newer version, or a broken one, into the clone."""
    (box.clone / "kiosk" / ("BROKEN" if broken else "newer.py")).touch()


def test_a_fresh_machine_gets_user_code_config_model_and_a_running_service(box: Box) -> None:
    said = box.installed()
    assert said.splitlines()[-2] == "==> The kiosk's page: http://127.0.0.1:8080/"
    assert "kiosk:x:999:999::/var/lib/kiosk:/usr/sbin/nologin" in (box.root / "users").read_text()
    assert "usermod -aG video kiosk" in (box.root / "programs.log").read_text()
    assert (box.etc / "exercises" / "squat.yaml").read_text() == "squat: 1\n"
    assert (box.root / "var/lib/kiosk/models/pose_full.task").exists()
    assert (box.units / "kiosk.service").read_text() == (box.clone / "systemd/kiosk.service").read_text()
    assert os.access(box.root / "usr/local/bin/kiosk", os.X_OK)
    assert "--require-hashes --only-binary :all: -r requirements.lock" in (box.root / "pip.log").read_text()
    asked = (box.root / "systemctl.log").read_text()
    assert "enable kiosk.service" in asked
    assert "start --no-block kiosk.service" in asked


def test_the_installed_code_does_not_depend_on_the_clone(kiosk: Box) -> None:
    release = kiosk.home / "current"
    assert (release / "lib" / "kiosk" / "__init__.py").exists()
    for path in release.resolve().rglob("*"):
        assert not (path.is_symlink() and str(kiosk.clone) in str(path.readlink())), path
        assert path.is_dir() or str(kiosk.clone).encode() not in path.read_bytes(), path


def test_a_second_run_changes_nothing_and_says_so(kiosk: Box) -> None:
    before = kiosk.files()
    said = kiosk.installed()
    assert "Nothing has changed" in said
    assert kiosk.files() == before
    asked = (kiosk.root / "systemctl.log").read_text()
    assert "start" not in asked.replace("NRestarts", "")
    assert "daemon-reload" not in asked


def test_an_upgrade_keeps_the_version_before_and_drops_older_ones(kiosk: Box) -> None:
    names = [kiosk.release()]
    for number in range(2):
        (kiosk.clone / "kiosk" / f"newer{number}.py").touch()
        kiosk.installed()
        names.append(kiosk.release())
    assert len(set(names)) == 3
    assert {path.name for path in (kiosk.home / "releases").iterdir()} == set(names[1:])
    assert len(list((kiosk.home / "venvs").iterdir())) == 1, "the same lock needs no second environment"


def test_another_lock_gets_its_own_environment(kiosk: Box) -> None:
    with (kiosk.clone / "requirements.lock").open("a") as lock:
        lock.write("# newer\n")
    kiosk.installed()
    assert len(list((kiosk.home / "venvs").iterdir())) == 2, "the version before still needs its own"


def test_an_untouched_config_file_is_upgraded_an_edited_one_gets_the_new_one_beside_it(kiosk: Box) -> None:
    squat, plank = (kiosk.etc / "exercises" / f"{name}.yaml" for name in ("squat", "plank"))
    squat.write_text("squat: mine\n")
    for path in (kiosk.clone / "config" / "exercises").iterdir():
        path.write_text(path.read_text() + "new: 1\n")
    said = kiosk.installed()
    assert squat.read_text() == "squat: mine\n"
    assert squat.with_name("squat.yaml.new").read_text() == "squat: 1\nnew: 1\n"
    assert f"{squat} was edited and stays as it is" in said
    assert plank.read_text() == "plank: 1\nnew: 1\n"
    assert not plank.with_name("plank.yaml.new").exists()
    upgrade(kiosk)
    squat.with_name("squat.yaml.new").unlink()
    assert "was edited" not in kiosk.installed(), "the same news is told once"


def test_a_removed_exercise_stays_removed_and_a_removed_kiosk_yaml_comes_back(kiosk: Box) -> None:
    (kiosk.etc / "exercises" / "plank.yaml").unlink()
    (kiosk.etc / "kiosk.yaml").unlink()
    upgrade(kiosk)
    kiosk.installed()
    assert not (kiosk.etc / "exercises" / "plank.yaml").exists()
    assert (kiosk.etc / "kiosk.yaml").exists()


def test_what_a_new_version_no_longer_ships_goes_unless_it_was_edited(kiosk: Box) -> None:
    (kiosk.etc / "exercises" / "squat.yaml").write_text("squat: mine\n")
    for name in ("squat", "plank"):
        (kiosk.clone / "config" / "exercises" / f"{name}.yaml").unlink()
    (kiosk.clone / "config" / "exercises" / "lunge.yaml").write_text("lunge: 1\n")
    kiosk.installed()
    assert {path.name for path in (kiosk.etc / "exercises").iterdir()} == {"squat.yaml", "lunge.yaml"}


def test_a_file_is_never_written_through_a_link_of_the_service(kiosk: Box) -> None:
    target = kiosk.root / "precious"
    target.write_text("plank: 1\n")
    plank = kiosk.etc / "exercises" / "plank.yaml"
    plank.unlink()
    plank.symlink_to(target)
    (kiosk.clone / "config" / "exercises" / "plank.yaml").write_text("plank: 2\n")
    kiosk.installed()
    assert target.read_text() == "plank: 1\n"
    assert plank.read_text() == "plank: 2\n"


def test_a_version_that_does_not_become_healthy_is_taken_back_with_its_config(kiosk: Box) -> None:
    before = kiosk.files()
    (kiosk.etc / "exercises" / "squat.yaml").write_text("squat: mine\n")
    for name in ("squat", "plank", "lunge"):
        (kiosk.clone / "config" / "exercises" / f"{name}.yaml").write_text(f"{name}: 2\n")
    with (kiosk.clone / "systemd" / "kiosk.service").open("a") as unit:
        unit.write("# newer\n")
    upgrade(kiosk, broken=True)
    result = kiosk.install()
    assert result.returncode == 1
    assert "does not become healthy" in result.stderr
    assert result.stderr.splitlines()[-1].endswith("The version before runs again: http://127.0.0.1:8080/")
    after = kiosk.files()
    squat = "etc/kiosk/exercises/squat.yaml"
    assert after[squat].endswith(r"b'squat: mine\n'")
    changed = {
        name
        for name in before.keys() | after.keys()
        if before.get(name, "").partition(" ")[2:] != after.get(name, "").partition(" ")[2:]
    }
    assert changed - {"run/kiosk.pid"} == {squat}
    (kiosk.clone / "kiosk" / "BROKEN").unlink()
    assert "The kiosk's page" in kiosk.installed()


def test_a_run_that_is_stopped_on_trial_goes_back(kiosk: Box) -> None:
    before = kiosk.release()
    upgrade(kiosk)
    # A page that never answers, until the one before is back.
    python = (kiosk.clone.parent / "bin" / "python3").read_text()
    for path in (kiosk.home / "venvs").glob("*/bin/python"):
        path.write_text(
            python.replace(
                "*kiosk-page*)", f'*kiosk-page*) [ "$(readlink {kiosk.home}/current)" = releases/{before} ] || exit 1;'
            )
        )
    environment = {"PATH": str(kiosk.bin), "KIOSK_INSTALL_ROOT": str(kiosk.root), "KIOSK_INSTALL_WAIT_S": "30"}
    process = subprocess.Popen(
        [kiosk.bin / "bash", kiosk.clone / "install.sh"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until_s = time.monotonic() + 20
    while kiosk.release() == before and time.monotonic() < until_s:
        time.sleep(0.05)
    assert kiosk.release() != before
    process.send_signal(signal.SIGTERM)
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped" in complaints
    assert kiosk.release() == before


def test_a_version_that_could_not_be_installed_touches_nothing(kiosk: Box) -> None:
    before = kiosk.files()
    upgrade(kiosk)
    result = kiosk.install(PIP_FAILS="yes")
    assert result.returncode == 1
    assert "No space left on device" in result.stderr
    assert {name: text for name, text in kiosk.files().items() if "/.part/" not in name} == before
    assert not (kiosk.root / "systemctl.log").exists(), "the service went on undisturbed"


def test_a_version_that_does_not_even_start_is_told_before_anything_is_touched(kiosk: Box) -> None:
    before = kiosk.files()
    (kiosk.clone / "kiosk" / "DEAD").touch()
    result = kiosk.install()
    assert result.returncode == 1
    assert "does not start (SyntaxError: dead): nothing was changed" in result.stderr
    assert kiosk.files() == before
    assert not (kiosk.root / "systemctl.log").exists(), "the service went on undisturbed"


def test_the_version_that_runs_is_not_deleted_when_it_is_found_damaged(kiosk: Box) -> None:
    place = kiosk.home / "releases" / kiosk.release()
    (place / "lib" / "kiosk" / "DEAD").touch()
    (kiosk.home / "proven").unlink()
    result = kiosk.install()
    assert result.returncode == 1
    assert (
        f"{place.name} is damaged (SyntaxError: dead): to have it made anew, run 'sudo rm -r {place} " in result.stderr
    )
    assert (kiosk.home / "current" / "bin" / "kiosk").exists()
    assert not (kiosk.root / "systemctl.log").exists(), "the service went on undisturbed"


def test_an_installed_version_that_was_removed_by_hand_is_made_anew(kiosk: Box) -> None:
    shutil.rmtree(kiosk.home / "releases" / kiosk.release())
    for environment in (kiosk.home / "venvs").iterdir():
        shutil.rmtree(environment)
    assert "Nothing has changed" not in kiosk.installed()
    assert (kiosk.home / "current" / "bin" / "kiosk").exists()


def test_too_full_a_disk_is_said_before_anything_is_made(box: Box) -> None:
    box.program("df", r'printf "Filesystem 1M-blocks Used Available\n/dev/sda 1000 900 100\n"')
    result = box.install()
    assert result.returncode == 1
    assert "100 MB free and 1200 MB are needed" in result.stderr
    assert not list((box.home / "releases").iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="as root it would go on, and this test is of who may not")
def test_without_root_it_says_how(box: Box) -> None:
    result = box.install(KIOSK_INSTALL_ROOT="")
    assert result.returncode == 2
    assert "run 'sudo ./install.sh'" in result.stderr


def test_apt_that_fails_is_said_and_nothing_is_made(box: Box) -> None:
    box.program("dpkg-query", "exit 1")
    box.program("apt-get", "exit 100")
    result = box.install()
    assert result.returncode == 1
    assert "apt could not install libegl1" in result.stderr
    assert "wait if another apt is running" in result.stderr
    assert not box.home.exists()


def test_a_machine_without_systemd_is_refused(box: Box) -> None:
    (box.root / "run/systemd/system").rmdir()
    result = box.install()
    assert result.returncode == 1
    assert "not run by systemd" in result.stderr


def test_somebody_elses_user_kiosk_is_left_alone(box: Box) -> None:
    (box.root / "users").write_text("kiosk:x:1000:1000::/srv/kiosk:/bin/bash\n")
    result = box.install()
    assert result.returncode == 1
    assert "not this kiosk's (home /srv/kiosk)" in result.stderr
    assert not (box.units / "kiosk.service").exists()


def test_two_at_once_are_one(box: Box) -> None:
    with (box.root / "run" / "kiosk-install.lock").open("w") as lock:
        subprocess.run(["flock", "-n", str(lock.fileno())], pass_fds=[lock.fileno()], check=True)
        result = box.install()
    assert result.returncode == 1
    assert "Another install.sh is at work" in result.stderr


def test_the_network_is_told_only_where_others_may_watch(box: Box) -> None:
    folder = box.root / "etc/avahi/services"
    folder.mkdir(parents=True)
    box.installed()
    assert not list(folder.iterdir())
    (box.root / "settings").write_text("lan 9090 full http\n")
    said = box.installed()
    assert "<port>9090</port>" in (folder / "kiosk.service").read_text()
    assert "http://gym.local:9090/" in said
    assert "<type>_http._tcp</type>" in (folder / "kiosk.service").read_text()
    (box.root / "settings").write_text("lan 8443 full https\n")
    assert "https://gym.local:8443/" in box.installed()
    assert "<type>_https._tcp</type>" in (folder / "kiosk.service").read_text()
    (box.root / "settings").write_text("alone 9090 full http\n")
    box.installed()
    assert not list(folder.iterdir())
