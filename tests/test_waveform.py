"""WAV files, loud speech and ticks, as numbers."""

import io
import wave

import numpy as np
import pytest

from kiosk.sound.waveform import PAUSE_S, RATE_HZ, TICK_S, Samples, for_a_gym, from_wav, is_wav, tick, to_wav


def tone(level: float, length_s: float) -> Samples:
    t_s = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    return (level * 32_767 * np.sin(2 * np.pi * 440 * t_s)).astype(np.int16)


def test_a_wav_file_is_one_that_others_can_read() -> None:
    samples = tone(0.5, 0.1)
    with wave.open(io.BytesIO(to_wav(samples))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        assert file.readframes(file.getnframes()) == samples.tobytes()


def test_a_wav_file_comes_back_as_it_was_and_a_damaged_one_is_refused() -> None:
    samples = tone(0.5, 0.1)
    whole = to_wav(samples)
    assert np.array_equal(from_wav(whole), samples)
    assert is_wav(whole[:64], len(whole))
    for damaged in (b"", whole[:20], whole[:-2], whole + b"xx", b"RIFX" + whole[4:]):
        assert not is_wav(damaged[:64], len(damaged))
        with pytest.raises(ValueError, match="whole WAV"):
            from_wav(damaged)


def test_speech_loses_its_silence_and_gets_louder_in_power_not_in_peaks() -> None:
    # Like a voice: soft for most of the time, with short peaks.
    speech = np.concatenate([np.zeros(9000, np.int16), tone(0.15, 0.5), tone(0.6, 0.05), np.zeros(20_000, np.int16)])
    made = for_a_gym(speech, 80)
    assert len(made) / RATE_HZ == pytest.approx(0.55 + 2 * PAUSE_S, abs=0.005)
    assert np.abs(made).max() == pytest.approx(0.8 * 32_767, abs=2)

    def power(samples: Samples) -> float:
        return float(np.mean((samples / np.abs(samples).max()) ** 2))

    assert power(made) > 1.5 * power(speech)
    assert np.abs(for_a_gym(speech, 20)).max() == pytest.approx(0.2 * 32_767, abs=2)


def test_silence_is_no_speech() -> None:
    assert len(for_a_gym(np.zeros(5000, np.int16), 80)) == 0


def test_a_tick_is_short_begins_and_ends_in_silence_and_a_partial_one_is_softer_and_lower() -> None:
    whole, partial = tick("tick", 80), tick("partial", 80)
    for sound in (whole, partial):
        assert len(sound) == int(TICK_S * RATE_HZ)
        assert abs(sound[0]) < 10
        assert abs(sound[-1]) < 100
    assert np.abs(partial).max() < 0.6 * np.abs(whole).max() < 0.6 * 0.8 * 32_767

    def pitch_hz(sound: Samples) -> float:
        return float(np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ)[np.abs(np.fft.rfft(sound, RATE_HZ)).argmax()])

    assert pitch_hz(partial) < 0.6 * pitch_hz(whole)
