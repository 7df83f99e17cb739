"""Photos in memory: within the budget, the same in every process, and gone with the last of them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.errors import TrainingError
from tests.training.conftest import make_photo
from training.config import Data, Source
from training.data import photos as module
from training.data.memory import Alone, PhotoMemory, can_share
from training.data.photos import open_photos

ROOT = Path(__file__).parents[3]
sharing = pytest.mark.skipif(not can_share(), reason="memory without a file is Linux's")

KEEPER = """
import pickle, sys
from tests.training.conftest import make_photo
from training.data.memory import PhotoMemory
import numpy as np

memory = PhotoMemory(10**6, shared=True)
for seed in range(3):
    memory.add(np.asarray(make_photo(seed, 100 + seed, 120)))
print(pickle.dumps(memory.address).hex(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def keeper():
    """A process that holds three photos; it and their address."""
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, pickle.loads(bytes.fromhex(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


@sharing
def test_what_a_killed_process_had_decoded_stays_for_those_that_look_into_it_and_no_file_does(keeper):
    process, address = keeper
    memory = PhotoMemory.at(address)
    inode = os.stat(f"/proc/{address.process}/fd/{address.file}").st_ino
    process.kill()
    process.wait()
    assert len(memory) == 3
    for seed in range(3):
        assert np.array_equal(memory[seed], np.asarray(make_photo(seed, 100 + seed, 120)))
    with pytest.raises(ValueError, match="read-only"):
        memory[0][:] = 0
    maps = Path("/proc/self/maps")
    assert f" {inode} " in maps.read_text() and "pconv-photos (deleted)" in maps.read_text()
    del memory
    assert f" {inode} " not in maps.read_text()


@sharing
def test_a_process_that_is_gone_is_named_with_a_remedy(keeper):
    process, address = keeper
    process.kill()
    process.wait()
    with pytest.raises(TrainingError, match=r"data\.cache_gib=0") as error:
        PhotoMemory.at(address)
    assert error.value.code == "no_shared_photos" and str(address.process) in str(error.value)


@pytest.mark.parametrize("shared", [False, pytest.param(True, marks=sharing)])
def test_the_budget_is_kept_to_the_byte(shared):
    photo = np.asarray(make_photo(0, 128, 128))
    memory = PhotoMemory(2 * photo.nbytes + 10, shared)
    for _ in range(2):
        memory.add(photo)
    assert not memory.full
    memory.add(photo)
    memory.add(photo[:1])  # would have had room: what is in memory are the first photos, without a gap
    assert memory.full and len(memory) == 2 and memory.used == 2 * photo.nbytes
    assert np.array_equal(memory[1], photo)


def test_photos_beyond_the_budget_are_decoded_when_they_are_asked_for(photo_folder):
    size = make_photo(0).width * make_photo(0).height * 3
    data = Data(sources=[Source(paths=[str(photo_folder)])], cache_gib=2.5 * size / 2**30)
    few, none = open_photos(data), open_photos(Data(sources=data.sources, cache_gib=0))
    assert [few[0].get(i) is few[0].get(i) for i in range(6)] == [True, True, False, False, False, False]
    for index in range(6):
        assert np.array_equal(few[0].get(index), none[0].get(index))


def test_where_memory_cannot_be_shared_processes_have_their_part_of_it(photo_folder, monkeypatch):
    class Three(Alone):
        here = 3

    monkeypatch.setattr(module, "can_share", lambda: False)
    size = make_photo(0).width * make_photo(0).height * 3
    (photos,) = open_photos(Data(sources=[Source(paths=[str(photo_folder)])], cache_gib=6 * size / 2**30), Three())
    assert [photos.get(i) is photos.get(i) for i in range(6)] == [True, True, False, False, False, False]
