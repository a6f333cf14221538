import stat
import threading

import pytest

from keys import files


def test_a_key_is_made_once_and_stays():
    made = files.make(files.LINK, "round-1")

    assert len(made) == 32
    assert files.make(files.LINK, "round-1") == made
    assert files.make(files.LINK, "round-1", b"another") == made
    assert files.read(files.LINK, "round-1") == made


def test_only_the_owner_may_read_it():
    files.make(files.SEAL, "round-1")
    path = files.path_of(files.SEAL, "round-1")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [other.name for other in path.parent.iterdir()] == ["round-1"]


def test_of_two_makers_at_once_one_key_stands():
    start = threading.Barrier(8)
    made = []

    def make():
        start.wait()
        made.append(files.make(files.CAST, "round-1"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 8
    assert set(made) == {files.path_of(files.CAST, "round-1").read_bytes()}


def test_a_missing_key_is_named_and_not_remembered_as_missing():
    with pytest.raises(files.KeyMissing, match="seal/round-1"):
        files.read(files.SEAL, "round-1")
    assert not files.stands(files.SEAL, "round-1")

    made = files.make(files.SEAL, "round-1")

    assert files.stands(files.SEAL, "round-1")
    assert files.read(files.SEAL, "round-1") == made


def test_a_destroyed_key_is_gone_and_destroying_twice_does_no_harm():
    made = files.make(files.LINK, "round-1")
    spare = files.path_of(files.LINK, "round-1").with_name("second name of the same bytes on disk")
    spare.hardlink_to(files.path_of(files.LINK, "round-1"))

    assert files.destroy(files.LINK, "round-1") is True
    assert files.destroy(files.LINK, "round-1") is False
    assert spare.read_bytes() != made
    with pytest.raises(files.KeyMissing):
        files.read(files.LINK, "round-1")


def test_of_two_who_destroy_a_key_at_once_one_was_faster(monkeypatch):
    files.make(files.LINK, "round-1")
    path = files.path_of(files.LINK, "round-1")
    monkeypatch.setattr(files.os, "fsync", lambda number: path.unlink())  # the other one, in the middle of our work

    assert files.destroy(files.LINK, "round-1") is False
    assert not path.exists()


def test_each_test_begins_without_keys(settings):
    assert not settings.KEYS_DIR.exists()
