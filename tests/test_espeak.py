"""Sentences spoken by the real espeak-ng, and what is said when it can't."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kiosk.config import default_config, exercises_folder
from kiosk.rules.library import Library
from kiosk.sound import espeak
from kiosk.sound.espeak import (
    ENGLISH,
    LONGEST_TEXT,
    MANDARIN,
    EspeakError,
    EspeakMissingError,
    speak,
    speakable,
    voice_for,
)
from kiosk.sound.waveform import RATE_HZ, Samples
from kiosk.words import words


def length_s(samples: Samples) -> float:
    return len(samples) / RATE_HZ


def program(folder: Path, script: str) -> None:
    """Put an espeak-ng into `folder` that does what `script` says."""
    path = folder / "espeak-ng"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("text", ["Lift your chest", "请挺胸", "--version", "-w /tmp/out.wav", "<voice>no</voice>"])
def test_any_text_is_spoken(text: str) -> None:
    speech = asyncio.run(speak(text))
    assert 0.4 < length_s(speech) < 5
    assert np.abs(speech).max() > 3000


def test_chinese_is_read_as_mandarin_throughout() -> None:
    library = Library(exercises_folder(default_config()))
    library.refresh()
    said = {w.say.to_json()["zh"] for exercise in library.exercises.values() for w in exercise.warnings}
    said.add(words()["cue_set_done"]["zh"])
    assert len(said) > 20
    command = ["espeak-ng", "-v", MANDARIN.name, "-b", "1", "-q", "-x", "--stdin"]
    for text in said:
        phonemes = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout.decode()
        # espeak-ng marks what it reads as English so, as it does all Chinese with the voice cmn of version 1.51.
        assert "(en)" not in phonemes, f"{text}: {phonemes}"


def test_the_text_chooses_the_voice() -> None:
    assert voice_for("Lift your chest") == ENGLISH
    assert voice_for("请挺胸") == MANDARIN
    assert voice_for("做 3 组 squat") == MANDARIN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lift your chest", "Lift your chest"),
        ("  two\nlines\tand   spaces ", "two lines and spaces"),
        ("bell\x07 \x01command \x00nul \udc80half", "bell command nul half"),
        ("请\u200b挺\u2028胸", "请 挺 胸"),
        ("x" * 500, "x" * LONGEST_TEXT),
        ("\x00\n ", ""),
    ],
)
def test_only_what_can_be_said_is_said(text: str, expected: str) -> None:
    assert speakable(text) == expected


def test_a_machine_without_espeak_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not espeak.installed()
    with pytest.raises(EspeakMissingError):
        asyncio.run(speak("Lift your chest"))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'Error: no such voice' >&2; exit 1", "Error: no such voice"),
        ("exit 3", "exit code 3"),
        ("cat >/dev/null; echo no sound", "format"),
        ("exit 0", "format"),
        ("exec sleep 60", "no answer within"),
    ],
)
def test_an_espeak_that_fails_is_an_error_in_its_own_words(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(espeak, "TIMEOUT_S", 0.5 if "sleep" in script else 10)
    assert shutil.which("espeak-ng") == str(tmp_path / "espeak-ng")
    with pytest.raises(EspeakError, match=said):
        asyncio.run(speak("Lift your chest"))
