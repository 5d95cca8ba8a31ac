"""Models are fetched, checked, pruned and written whole; what goes wrong is one sentence and leaves nothing behind."""

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kiosk import models
from kiosk.capture.frame import Frame
from kiosk.demo.athlete import Athlete
from kiosk.landmarks import Pose
from kiosk.models import ModelError
from kiosk.pose.mediapipe import MediaPipeEngine

ROOT = Path(__file__).parents[1]
FULL_SOURCES = (models.DETECTOR, models.LANDMARKS["full"])


@pytest.fixture
def sources(model_bundle: Path, tmp_path: Path) -> Path:
    """A folder that holds the published files of the model `full` and no bundle."""
    folder = tmp_path / "models"
    folder.mkdir()
    for source in FULL_SOURCES:
        shutil.copy(model_bundle.with_name(source.file), folder)
    return folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Cut pip and npm off; pip sees the wheels of the returned folder only."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    return wheels


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    """A wheel that pip takes for MediaPipe's."""
    path = folder / "mediapipe-0.10.18-py3-none-any.whl"
    info = "mediapipe-0.10.18.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.18\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def failure(name: str, folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        models.fetch(name, folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_pruned_and_stock_give_the_same_landmarks(model_bundle: Path, stock_bundle: Path) -> None:
    athlete = Athlete("squat", reps=1)
    frames = [Frame(athlete.draw(n / 15, 640, 480), n / 15, n) for n in range(60)]

    def poses(bundle: Path) -> list[Pose]:
        engine = MediaPipeEngine(bundle)
        found = [engine.detect(frame) for frame in frames]
        engine.close()
        return [pose for pose in found if pose]

    with ThreadPoolExecutor(1) as sealed:
        pruned, stock = (sealed.submit(poses, bundle).result() for bundle in (model_bundle, stock_bundle))
    assert len(pruned) == len(stock) >= 58
    for one, other in zip(pruned, stock, strict=True):
        assert np.array_equal(one.points, other.points)
        assert np.array_equal(one.world, other.world)


def test_what_is_whole_is_not_fetched_again(model_bundle: Path, offline: Path) -> None:
    before, said = model_bundle.stat(), list[str]()
    assert models.fetch("full", model_bundle.parent, said.append) == model_bundle
    assert said == [f"full: {model_bundle} is there and whole"]
    assert model_bundle.stat() == before
    assert models.verify("full", model_bundle.parent) == model_bundle
    assert [m.name for m in models.listing(model_bundle.parent)] == ["lite", "full", "heavy"]


def test_a_damaged_bundle_is_found_and_made_again_from_the_files_kept(
    sources: Path, model_bundle: Path, offline: Path
) -> None:
    path = models.fetch("full", sources)
    whole = path.read_bytes()
    assert whole == model_bundle.read_bytes()
    path.write_bytes(whole[:-1])
    assert {m.name: m.state for m in models.listing(sources)} == {
        "lite": "absent",
        "full": "damaged",
        "heavy": "absent",
    }
    with pytest.raises(ModelError, match=r"model full is damaged .*: run kiosk models fetch full"):
        models.verify("full", sources)
    assert models.fetch("full", sources).read_bytes() == whole
    assert models.listing(sources)[1] == models.Listed("full", path, "whole", len(whole))


def test_the_next_smaller_model_is_the_largest_below_that_is_whole(tmp_path: Path) -> None:
    assert models.next_smaller("heavy", tmp_path) == {}
    for name in ("lite", "full"):
        path = models.bundle_path(name, tmp_path)
        path.write_bytes(b"a bundle")
        digest = hashlib.sha256(b"a bundle").hexdigest()
        path.with_name(path.name + ".sha256").write_text(f"{digest}  {path.name}\n")
    full, lite = (models.bundle_path(name, tmp_path) for name in ("full", "lite"))
    assert models.next_smaller("heavy", tmp_path) == {"full": full}
    assert models.next_smaller("full", tmp_path) == {"lite": lite}
    assert models.next_smaller("lite", tmp_path) == {}
    full.write_bytes(b"half")
    assert models.next_smaller("heavy", tmp_path) == {"lite": lite}


def test_offline(offline: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    sentence = failure("full", folder)
    assert sentence.startswith("cannot download mediapipe==0.10.18 (")
    assert sentence.endswith(f"check the network and fetch again, or copy pose_detection.tflite into {folder}")
    assert left(folder) == set()
    with pytest.raises(ModelError, match="the model full is absent"):
        models.verify("full", folder)


@pytest.mark.parametrize("wrong", ["one bit", "no such member", "no zip"])
def test_a_corrupt_download(wrong: str, sources: Path, offline: Path, tmp_path: Path) -> None:
    originals = {source.member: (sources / source.file).read_bytes() for source in FULL_SOURCES}
    member = models.DETECTOR.member
    if wrong == "one bit":
        data = bytearray(originals[member])
        data[1000] ^= 1
        wheel(offline, originals | {member: bytes(data)})
    elif wrong == "no such member":
        wheel(offline, {})
    else:
        wheel(offline, originals).write_bytes(b"half a wheel")
    folder = tmp_path / "new"
    sentence = failure("full", folder)
    assert "mediapipe" in sentence
    assert wrong == "no zip" or "is damaged" in sentence  # pip itself complains of a wheel that is no zip
    assert left(folder) == set()


def test_a_good_wheel_is_unpacked_checked_and_pruned(
    sources: Path, model_bundle: Path, offline: Path, tmp_path: Path
) -> None:
    wheel(offline, {source.member: (sources / source.file).read_bytes() for source in FULL_SOURCES})
    path = models.fetch("full", tmp_path / "new" / "models")
    assert path.read_bytes() == model_bundle.read_bytes()
    assert left(path.parent) == {path.name, f"{path.name}.sha256", *(source.file for source in FULL_SOURCES)}


def test_an_unknown_name(tmp_path: Path) -> None:
    assert failure("ful", tmp_path) == "there is no model 'ful': did you mean full?"
    assert failure("../x", tmp_path) == "there is no model '../x': the models are lite, full, heavy"


def test_npm_is_missing(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    before = left(sources)
    sentence = failure("lite", sources)
    assert "npm is not installed: install it (Debian: apt install npm), use the model full instead" in sentence
    assert left(sources) == before


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_npm_is_offline(sources: Path, offline: Path) -> None:
    before = left(sources)
    sentence = failure("lite", sources)
    assert sentence.startswith("cannot download @mediapipe/pose@0.5.1675469404 (npm error")
    assert left(sources) == before


def test_a_folder_that_cannot_be_written() -> None:
    # The kernel's own folder refuses root too.
    assert "cannot be written into /sys/kiosk-models, which is read-only" in failure("full", Path("/sys/kiosk-models"))


def test_a_file_that_may_not_grow_is_not_left_half_written(sources: Path) -> None:
    before = left(sources)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        sentence = failure("full", sources)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "the model full cannot be written" in sentence
    assert left(sources) == before


FULL_DISK = """
import sys
from pathlib import Path
from kiosk import models
try:
    models.fetch("full", Path(sys.argv[1]))
except models.ModelError as error:
    print(error)
print(sorted(path.name for path in Path(sys.argv[1]).iterdir()))
"""


def test_a_full_disk(sources: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    # Room for the two published files (9.4 MB), not for the bundle beside them.
    script = 'mount -t tmpfs -o size=12m none "$1" && cp "$2"/*.tflite "$1" && exec "$3" -c "$4" "$1"'
    mounted = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    arguments = [str(disk), str(sources), sys.executable, FULL_DISK]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run([*mounted, *arguments], capture_output=True, text=True, check=False, env=environment)
    if "unshare:" in ended.stderr or "mount:" in ended.stderr:
        pytest.skip(f"cannot mount a small disk here: {ended.stderr.strip()}")
    sentence, names = ended.stdout.splitlines()
    assert sentence.startswith("the disk is full, so the model full cannot be written (")
    assert names == str(sorted(source.file for source in FULL_SOURCES))


def test_fetching_does_not_import_mediapipe(sources: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from kiosk import models; models.fetch('full', Path(sys.argv[1])); "
        "print([name for name in sys.modules if name.split('.')[0] == 'mediapipe'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(sources)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ended.stdout == "[]\n"
