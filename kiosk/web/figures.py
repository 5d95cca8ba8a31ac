"""The figures of `/metrics` as Prometheus wants them; imported once somebody asks for them."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from kiosk.health.guardian import Guardian
from kiosk.health.memory import open_files, resident_bytes, threads
from kiosk.history.writer import History
from kiosk.pipeline import Pipeline
from kiosk.web.live import VERSION, Live, why_not_well


@dataclass(frozen=True, eq=False)
class Figures(Collector):
    """The figures of those who are asked."""

    live: Live
    guardian: Guardian
    history: History
    pipeline: Pipeline

    def exposition(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        own = CollectorRegistry(auto_describe=False)
        own.register(self)
        return generate_latest(own)

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        engines = self.pipeline.engines
        info = {"version": VERSION, "engine": engines.name, "model": engines.model}
        yield InfoMetricFamily("kiosk", "What runs here", value=info)
        yield from self._work()
        yield from self._box()
        yield from self._history()

    def _work(self) -> Iterator[Metric]:
        live, update, tally = self.live, self.live.update, self.live.tally
        seen = update is not None and update.no_video is None
        yield _counter("frames", "Frames judged", tally.frames)
        yield _gauge("frame_rate", "Frames a second, of the newest", update.fps if update else 0.0)
        if (frame_s := self.pipeline.work.frame_s) is not None:
            yield _gauge("frame_work_seconds", "What a frame with somebody in it takes, on average", frame_s)
        if update is not None and seen:
            yield _gauge("frame_age_seconds", "Since the newest frame was captured", time.monotonic() - update.t_s)
        delays = GaugeMetricFamily(
            "kiosk_picture_delay_seconds", "From capture to a viewer's socket", labels=["quantile"]
        )
        for share in (0.5, 0.95):
            if (delay_s := live.delays.quantile_s(share)) is not None:
                delays.add_metric([f"{share:g}"], delay_s)
        yield delays
        yield _gauge("viewers", "Connections that show the live picture", live.viewers.count)
        yield _counters("repetitions", "Repetitions", "kind", tally.repetitions.items())
        yield _counters("warnings", "Warnings raised", "level", tally.warnings.items())
        yield _gauge("camera_live", "Whether there is live video", seen)
        yield _counter("camera_lost", "How often live video broke off", tally.camera_lost)
        yield _counter("camera_reconnects", "How often it came back", tally.camera_back)

    def _box(self) -> Iterator[Metric]:
        guardian, pacer = self.guardian, self.live.pacer
        restarts = guardian.restarts
        yield _gauge("healthy", "Whether all is well, as /healthz says", why_not_well(self.live, guardian) is None)
        yield _gauge("uptime_seconds", "Since the start of the program", time.monotonic() - restarts.began_s)
        yield _counters("restarts", "Starts after an end that nobody wished", "cause", restarts.counts.items())
        yield _gauge("memory_resident_bytes", "Resident set", resident_bytes())
        yield _gauge("memory_limit_bytes", "Beyond this the kiosk starts anew", guardian.limit_bytes)
        yield _gauge("threads", "Threads of the process", threads())
        yield _gauge("open_files", "Open file descriptors", open_files())
        for name, help_, value in (
            ("temperature_celsius", "The hottest part of the processor", pacer.heat.temperature_c),
            ("throttled", "Whether the processor slows itself now", pacer.heat.slowed),
            ("undervoltage", "Whether the power supply is too weak now", pacer.heat.weak),
        ):
            if value is not None:
                yield _gauge(name, help_, value)
        yield _gauge("pace_level", "Steps that are taken for heat or load", pacer.pace.level)
        yield _gauge("pace_frame_rate", "Frames a second that are judged at most", pacer.pace.fps)
        yield _gauge("pace_smaller_model", "Whether a smaller model stands in", pacer.pace.smaller is not None)

    def _history(self) -> Iterator[Metric]:
        history = self.history
        yield _counter("history_written", "Entries on the disk", history.written)
        yield _gauge("history_waiting", "Entries that wait to be stored", history.waiting)
        yield _counter("history_dropped", "Entries that were lost", history.dropped)
        yield _gauge("history_notice", "Whether the page tells of trouble with it", history.notice is not None)


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"kiosk_{name}", help_, value=float(value))


def _counter(name: str, help_: str, value: float) -> Metric:
    return CounterMetricFamily(f"kiosk_{name}", help_, value=value)


def _counters(name: str, help_: str, label: str, values: Iterable[tuple[str, int]]) -> Metric:
    family = CounterMetricFamily(f"kiosk_{name}", help_, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family
