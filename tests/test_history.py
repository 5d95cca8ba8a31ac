"""The history of a running kiosk: on the disk in time, and no trouble with the disk stops anybody or loses anything."""

import logging
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kiosk.history import file as history_file
from kiosk.history import writer as history_module
from kiosk.history.entries import Entry, Id, SetBegan, VisitBegan, VisitEnded
from kiosk.history.file import NAME, UnusableError, aside_files
from kiosk.history.past import Selection
from kiosk.history.store import Store
from kiosk.history.training import Training
from kiosk.history.writer import BATCH, History
from tests.disks import small_disk
from tests.histories import everything, repetition
from tests.waiting import until

PATIENCE_S = 20.0


@contextmanager
def running(folder: Path, most: int = 1000) -> Iterator[History]:
    """A history that writes to `folder`, closed afterwards; what ends its thread fails the test."""
    ended: list[BaseException] = []
    history = History(folder, keep_days=365, failed=ended.append, most=most)
    history.start()
    try:
        yield history
    finally:
        history.close(PATIENCE_S)
    assert not ended


def begin_set(history: History) -> Id:
    visit, set_ = history.new_id(), history.new_id()
    history.write(VisitBegan(visit, 1.0))
    history.write(SetBegan(set_, visit, 2.0, "squat", 1, ""))
    return set_


def numbers(folder: Path) -> list[int]:
    with Training(folder / NAME) as training:
        return [rep.number for rep in training.repetitions(Selection())]


def said(history: History) -> str | None:
    notice = history.notice
    return None if notice is None else notice.say("en")


def test_what_is_handed_over_is_stored_before_it_is_closed(tmp_path: Path) -> None:
    with running(tmp_path) as history:
        for entry in everything(history.new_id):
            history.write(entry)
        until(lambda: history.written == 10)
        late = everything(history.new_id)
        for entry in late:
            history.write(entry)
        history.close(PATIENCE_S)
        assert (history.written, history.dropped, history.waiting, said(history)) == (20, 0, 0, None)
    assert [path.name for path in tmp_path.iterdir()] == [NAME], "closed well, there is no log"
    assert numbers(tmp_path) == [1, 1]


def test_ids_never_repeat(tmp_path: Path) -> None:
    histories = [History(tmp_path, keep_days=1, failed=print) for _ in range(2)]
    ids = [history.new_id() for history in histories for _ in range(100)]
    assert len(set(ids)) == 200


def test_writing_never_waits_and_memory_is_bounded(tmp_path: Path) -> None:
    history = History(tmp_path, keep_days=1, failed=print, most=50)
    set_ = begin_set(history)
    for number in range(1, 101):
        history.write(repetition(history.new_id(), set_, number))
    assert (history.waiting, history.dropped) == (50, 52)
    history.start()
    until(lambda: history.waiting == 0)
    history.write(repetition(history.new_id(), set_, 101))
    history.close(PATIENCE_S)
    assert numbers(tmp_path) == [*range(1, 49), 101]
    assert (history.written, history.dropped) == (51, 52)


def test_many_entries_are_stored_in_their_order(tmp_path: Path) -> None:
    history = History(tmp_path, keep_days=1, failed=print)
    set_ = begin_set(history)
    for number in range(1, 2 * BATCH):
        history.write(repetition(history.new_id(), set_, number))
    history.start()
    history.close(PATIENCE_S)
    assert numbers(tmp_path) == list(range(1, 2 * BATCH))


def test_closing_tries_once_more(tmp_path: Path) -> None:
    (tmp_path / "disk").touch()
    with running(tmp_path / "disk" / "state") as history:
        history.write(repetition(history.new_id(), begin_set(history), 1))
        until(lambda: history.notice is not None)
        (tmp_path / "disk").unlink()
    assert numbers(tmp_path / "disk" / "state") == [1]


def test_what_can_not_be_stored_at_the_end_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "disk").touch()
    with running(tmp_path / "disk" / "state") as history:
        history.write(repetition(history.new_id(), begin_set(history), 1))
    assert "3 entries of the training history could not be stored" in caplog.text


def test_closing_without_having_started(tmp_path: Path) -> None:
    History(tmp_path, keep_days=1, failed=print).close(1.0)


def test_a_mistake_in_the_program_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake(*_: object, **__: object) -> None:
        raise KeyError("mistake")

    monkeypatch.setattr(Store, "opened", mistake)
    ended: list[BaseException] = []
    history = History(tmp_path, keep_days=1, failed=ended.append)
    history.start()
    until(lambda: bool(ended))
    assert isinstance(ended[0], KeyError)


def test_a_damaged_history_is_set_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"all of this is text\n" * 100)
    with running(tmp_path) as history:
        history.write(repetition(history.new_id(), begin_set(history), 1))
        until(lambda: history.written == 3)
        [aside] = aside_files(tmp_path / NAME)
        assert said(history) == f"The training history was damaged: it is kept as {aside.name}, and a new one was begun"
    assert aside.read_bytes() == b"all of this is text\n" * 100
    assert numbers(tmp_path) == [1]


def test_a_newer_history_is_set_aside_whole(tmp_path: Path) -> None:
    with running(tmp_path) as history:
        history.write(repetition(history.new_id(), begin_set(history), 1))
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with running(tmp_path) as history:
        until(lambda: history.notice is not None)
        [aside] = aside_files(tmp_path / NAME)
        assert said(history) == (
            f"The training history is from a newer version: it is kept as {aside.name}, and a new one was begun"
        )
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM repetitions").fetchall() == [(1,)]


def test_a_disk_that_damages_every_history_is_not_filled_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, **_: object) -> None:
        path.write_bytes(b"x")
        raise UnusableError("damaged", "broken")

    with monkeypatch.context() as patched:
        patched.setattr(history_module, "RETRY_S", 0.01)
        patched.setattr(Store, "opened", broken)
        with running(tmp_path) as history:
            until(lambda: said(history) == f"Training is not being saved: {tmp_path} can't be written to")
            time.sleep(0.2)
    assert len(aside_files(tmp_path / NAME)) == 1


def test_damage_while_it_runs(tmp_path: Path) -> None:
    with running(tmp_path) as history:
        set_ = begin_set(history)
        for number in range(1, 400):
            history.write(repetition(history.new_id(), set_, number))
        until(lambda: history.written == 401)
        with closing(sqlite3.connect(tmp_path / NAME)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = (tmp_path / NAME).stat().st_size
        with (tmp_path / NAME).open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))
        history.write(repetition(history.new_id(), set_, 400))
        until(lambda: history.written == 402)
        assert "it is kept as history.db.damaged-" in (said(history) or "")
    assert aside_files(tmp_path / NAME)[0].stat().st_size == size
    assert numbers(tmp_path) == [400]


def test_a_folder_that_is_deleted_while_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with running(folder) as history:
        set_ = begin_set(history)
        history.write(repetition(history.new_id(), set_, 1))
        until(lambda: history.written == 3)
        shutil.rmtree(folder)
        history.write(repetition(history.new_id(), set_, 2))
        until(lambda: history.written == 4)
        assert said(history) == "The training history was deleted; a new one was begun"
    assert numbers(folder) == [2]


def test_a_folder_that_is_deleted_and_can_not_be_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "disk" / "state"
    with running(folder) as history:
        set_ = begin_set(history)
        until(lambda: history.written == 2)
        shutil.rmtree(tmp_path / "disk")
        (tmp_path / "disk").touch()
        history.write(repetition(history.new_id(), set_, 1))
        until(lambda: said(history) == f"Training is not being saved: {folder} can't be written to")
        history.write(repetition(history.new_id(), set_, 2))
        (tmp_path / "disk").unlink()
        begun = "The training history was deleted; a new one was begun"
        until(lambda: history.waiting == 0 and said(history) == begun)
    assert numbers(folder) == [1, 2]


def test_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with small_disk(tmp_path / "disk", "3m") as disk, running(disk) as history:
        set_ = begin_set(history)
        until(lambda: history.written == 2)
        ballast = disk / "ballast"
        with pytest.raises(OSError, match="No space left"), ballast.open("wb") as file:
            while True:
                file.write(bytes(4096))
                file.flush()
        sent = 0
        while history.notice is None:
            sent += 1
            history.write(repetition(history.new_id(), set_, sent))
            until(lambda: history.waiting < 50 or history.notice is not None)
        assert said(history) == "Training is not being saved: the disk is full"
        for number in range(sent + 1, sent + 21):
            history.write(repetition(history.new_id(), set_, number))
        assert history.waiting >= 20
        ballast.unlink()
        until(lambda: history.written == sent + 22 and said(history) is None)
        assert history.dropped == 0
        assert numbers(disk) == list(range(1, sent + 21))
    assert caplog.text.count("is not written, trying again") == 1, "trouble is logged once, not each second"


def test_a_disk_that_is_read_only_for_a_while(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as disk:
        with running(disk) as history:
            history.write(VisitBegan(history.new_id(), 1.0))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with running(disk) as history:
            set_ = begin_set(history)
            history.write(repetition(history.new_id(), set_, 1))
            until(lambda: said(history) == f"Training is not being saved: {disk} can't be written to")
            assert history.waiting == 3
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
            until(lambda: history.written == 3 and said(history) is None)
        assert numbers(disk) == [1]


def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("root may write to every folder")
    with running(tmp_path) as history:
        history.write(VisitBegan(history.new_id(), 1.0))
        until(lambda: said(history) == f"Training is not being saved: {tmp_path} can't be written to")
        tmp_path.chmod(0o700)
        until(lambda: history.written == 1)


def test_another_program_that_uses_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "PATIENCE_S", 0.5)
    monkeypatch.setattr(history_module, "RETRY_S", 0.1)
    monkeypatch.setattr(history_file, "_BUSY_S", 0.1)
    with running(tmp_path) as history:
        visit = history.new_id()
        history.write(VisitBegan(visit, 1.0))
        until(lambda: history.written == 1)
        with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            end: Entry = VisitEnded(visit, 2.0)
            history.write(end)
            busy = f"Training is not being saved: another program is using {tmp_path / NAME}"
            until(lambda: said(history) == busy)
            other.execute("COMMIT")
        until(lambda: history.written == 2 and said(history) is None)
