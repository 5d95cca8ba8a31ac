"""The folder of spoken sentences: named by what makes their sound, whole or not there, and not growing for ever."""

import os
import resource
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from kiosk.sound.clips import SPARE, Clips
from kiosk.sound.waveform import RATE_HZ, Samples, for_a_gym, from_wav, tick


def speech(length_s: float = 0.2) -> Samples:
    t_s = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    return (9000 * np.sin(2 * np.pi * 300 * t_s)).astype(np.int16)


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    made = Clips(tmp_path / "state" / "voice", 80)
    made.prepare()
    return made


def test_a_name_stands_for_all_that_makes_the_sound(tmp_path: Path) -> None:
    loud, soft = Clips(tmp_path, 80), Clips(tmp_path, 30)
    names = [loud.name("Lift your chest"), loud.name("Lift your hips"), loud.name("请挺胸"), soft.name("请挺胸")]
    assert all(one != other for one, other in combinations(names, 2))
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)
    assert loud.name(" Lift\nyour chest") == names[0], "the same when spoken"
    assert Clips(tmp_path / "elsewhere", 80).name("请挺胸") == names[2]


def test_a_stored_sentence_is_there_also_after_a_restart(clips: Clips) -> None:
    name = clips.name("Lift your chest")
    assert not clips.has(name)
    clips.store(name, speech())
    again = Clips(clips.folder, 80)
    assert not again.has(name)
    again.prepare()
    for place in (clips, again):
        assert place.has(name)
        assert place.path(name) == clips.folder / f"{name}.wav"
        assert np.array_equal(place.read(name), for_a_gym(speech(), 80))  # type: ignore[arg-type]


def test_the_ticks_are_there_at_the_volume_that_is_set_and_are_not_written_twice(clips: Clips) -> None:
    path = clips.path("tick")
    before = path.stat().st_mtime_ns
    again = Clips(clips.folder, 80)
    again.prepare()
    assert path.stat().st_mtime_ns == before
    softer = Clips(clips.folder, 20)
    softer.prepare()
    assert softer.has("tick") and softer.has("partial")
    assert np.array_equal(from_wav(path.read_bytes()), tick("tick", 20))


def test_a_file_that_was_cut_short_is_not_taken_for_a_sentence(clips: Clips) -> None:
    name = clips.name("Lift your chest")
    clips.store(name, speech())
    os.truncate(clips.path(name), 2000)
    assert clips.read(name) is None
    assert not clips.has(name), "so that it is made again"
    clips.prepare()
    assert not clips.has(name)


def test_a_file_that_was_removed_is_made_again(clips: Clips) -> None:
    name = clips.name("Lift your chest")
    clips.store(name, speech())
    clips.path(name).unlink()
    assert clips.has(name)
    assert clips.read(name) is None
    assert not clips.has(name)


def test_on_a_full_disk_no_half_file_is_left(clips: Clips) -> None:
    name = clips.name("Lift your chest")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            clips.store(name, speech())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not clips.has(name)
    assert sorted(path.name for path in clips.folder.iterdir()) == ["partial.wav", "tick.wav"]


def test_unused_files_stay_up_to_a_bound_the_newest_longest(clips: Clips) -> None:
    old = [f"{number:032x}" for number in range(SPARE + 3)]
    for age, name in enumerate(reversed(old)):
        clips.store(name, speech(0.01))
        os.utime(clips.path(name), ns=(0, age))
    wanted = clips.name("Lift your chest")
    clips.store(wanted, speech())
    os.utime(clips.path(wanted), ns=(0, 0))
    clips.prune([wanted])
    left = {path.stem for path in clips.folder.iterdir()}
    assert left == {wanted, "tick", "partial", *old[:SPARE]}
    assert clips.has(wanted) and clips.has(old[0]) and not clips.has(old[-1])
