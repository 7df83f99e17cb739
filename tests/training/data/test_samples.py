"""Photos and samples: every kind of source, resume by number, faults named and counted."""

from __future__ import annotations

import io
import logging
import multiprocessing
import pickle
import tarfile
import time

import numpy as np
import pytest
import torch
from PIL import Image

from model.errors import TrainingError
from tests.training.conftest import make_photo
from training.config import Data, Masks, Source, build_config, load_config, with_photos
from training.data.holes import HoleSampler
from training.data.images import read_gray, read_rgb
from training.data.photos import Photos, open_photos
from training.data.samples import Batches, TrainingSamples, batches_of, make_holes, make_loader


def samples(photos, size=128, seed=0):
    return TrainingSamples(photos, HoleSampler({"box": 1}), size, seed, 0.6, True)


@pytest.fixture
def tar(photo_folder, tmp_path):
    path = tmp_path / "photos.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(photo_folder, "photos")
    return path


def test_folder_list_tar_and_shards_hold_the_same_photos(photo_folder, tar, tmp_path):
    files = sorted(photo_folder.rglob("*.png"))
    listing = tmp_path / "list.txt"
    listing.write_text("# photos\n" + "\n".join(map(str, files)) + "\n")
    for number, part in enumerate((files[:4], files[4:])):
        with tarfile.open(tmp_path / f"shard-{number:03d}.tar", "w") as archive:
            for file in part:
                archive.add(file, f"{file.stem}.png")
                note = tarfile.TarInfo(f"{file.stem}.json")
                archive.addfile(note, io.BytesIO())
    expected = sorted(np.asarray(Image.open(file)).tobytes() for file in files)
    for path in (photo_folder, listing, tar, tmp_path / "shard-{000..001}.tar", tmp_path / "shard-*.tar"):
        photos = Photos(Source(paths=[str(path)]), Data())
        assert sorted(photos.get(i).tobytes() for i in range(len(photos))) == expected


def test_shards_written_by_webdataset(tmp_path):
    webdataset = pytest.importorskip("webdataset")
    with webdataset.ShardWriter(str(tmp_path / "set-%03d.tar"), maxcount=2, verbose=0) as writer:
        for index in range(3):
            writer.write({"__key__": f"photo{index}", "png": np.asarray(make_photo(index)), "cls": index})
    photos = Photos(Source(paths=[str(tmp_path / "set-{000..001}.tar")]), Data())
    assert len(photos) == 3
    assert np.array_equal(photos.get(2), np.asarray(make_photo(2)))


def test_under_and_weights(tar):
    sources = [Source(paths=[str(tar)], under="scene", weight=3), Source(paths=[str(tar)], under="flowers", weight=1)]
    photos = open_photos(Data(sources=sources))
    assert [len(p) for p in photos] == [4, 2]
    made = samples(photos)
    picks = [made._photo(np.random.default_rng((0, k)))[0] for k in range(200)]
    scene = {p.tobytes() for p in (photos[0].get(i) for i in range(4))}
    assert 0.65 < np.mean([p.tobytes() in scene for p in picks]) < 0.85


def test_sample_k_is_always_the_same_and_resume_goes_on_by_number(photo_folder):
    data = Data(sources=[Source(paths=[str(photo_folder)])], workers=0)
    config = build_config({"stages": [{"images": 6}], "data": {"workers": 2}})
    cached, uncached = open_photos(data), [Photos(data.sources[0], data)]
    cpu = torch.device("cpu")
    whole = iter(make_loader(config, samples(cached), Batches(0, 3), cpu))
    first = [next(whole) for _ in range(4)]
    resumed = next(iter(make_loader(config, samples(uncached), Batches(9, 3), cpu)))
    assert torch.equal(first[3][0], resumed[0]) and torch.equal(first[3][1], resumed[1])
    assert not torch.equal(first[0][0], first[1][0])
    other = samples(cached, seed=1)[0]
    assert not torch.equal(other[0], first[0][0][0])


def test_processes_share_the_global_batch():
    ranks = [next(iter(Batches(12, 6, rank, 2))) for rank in range(2)]
    assert sorted(ranks[0] + ranks[1]) == list(range(12, 18))


def test_samples_are_uint8_cuts_and_binary_holes(photo_folder):
    photos = open_photos(Data(sources=[Source(paths=[str(photo_folder)])]))
    image, hole, skipped = samples(photos, 256)[5]  # photos of 150×180 are enlarged
    assert image.shape == (3, 256, 256) and image.dtype == torch.uint8
    assert hole.shape == (1, 256, 256) and hole.dtype == torch.bool
    assert not skipped


def test_samples_travel_to_workers_that_are_not_forked(photo_folder):
    made = samples(open_photos(Data(sources=[Source(paths=[str(photo_folder)])])))
    copy = pickle.loads(pickle.dumps(made))
    assert torch.equal(copy[3][0], made[3][0]) and torch.equal(copy[3][1], made[3][1])


def test_flow_holes_from_the_photos_are_reproducible(photo_folder):
    photos = open_photos(Data(sources=[Source(paths=[str(photo_folder)])]))
    masks = Masks(kinds={"flow": 1.0}, flow_maps=3)
    first, again = make_holes(masks, photos, 4), make_holes(masks, photos, 4)
    assert first.raws.shape == (3, 256, 256) and np.array_equal(first.raws, again.raws)
    with pytest.raises(TrainingError) as error:
        make_holes(Masks(flow_video="no.mp4"), photos, 0)
    assert error.value.code == "bad_masks"


@pytest.fixture
def damaged(tmp_path):
    for index in range(3):
        make_photo(index).save(tmp_path / f"{index}.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    make_photo(9, 60, 60).save(tmp_path / "tiny.png")
    return tmp_path


def test_unusable_photos_are_named_skipped_and_counted(damaged, caplog):
    source = Source(paths=[str(damaged)])
    with caplog.at_level(logging.WARNING):
        photos = open_photos(Data(sources=[source], most_corrupt=0.5))
    assert len(photos[0]) == 3
    assert "2 of 5 photos skipped" in caplog.text
    assert "broken.png" in caplog.text and "tiny.png" in caplog.text
    with pytest.raises(TrainingError) as error:
        open_photos(Data(sources=[source], most_corrupt=0.1))
    assert error.value.code == "too_many_corrupt" and "broken.png" in str(error.value)


def test_unreadable_photos_are_passed_over_without_a_cache(damaged):
    photos = open_photos(Data(sources=[Source(paths=[str(damaged)])], cache_gib=0))
    assert len(photos[0]) == 5
    made = samples(photos)
    skipped = [name for k in range(30) for name in made[k][2]]
    assert {name.split("/")[-1] for name in skipped} == {"broken.png", "tiny.png"}


def test_training_stops_when_too_many_are_unreadable(damaged, small, tmp_path):
    from training.loop.trainer import Trainer

    small["data"] |= {"sources": [{"paths": [str(damaged)]}], "cache_gib": 0.0, "most_corrupt": 0.02}
    small["stages"][0]["images"] = 100
    with pytest.raises(TrainingError) as error:
        Trainer(build_config(small), tmp_path / "run").run()
    assert error.value.code == "too_many_corrupt"


def test_large_photos_are_reduced(tmp_path):
    make_photo(0, 300, 450).save(tmp_path / "large.png")
    photos = open_photos(Data(sources=[Source(paths=[str(tmp_path)])], largest_side=200))
    assert photos[0].get(0).shape == (200, 300, 3)


@pytest.mark.parametrize(
    "make, code",
    [
        (lambda tmp: [], "no_photos"),
        (lambda tmp: [Source(paths=[str(tmp)])], "no_photos"),
        (lambda tmp: [Source(paths=[str(tmp / "missing")])], "bad_photos"),
        (lambda tmp: [Source(paths=[str(tmp / "*.jpg")])], "bad_photos"),
        (lambda tmp: [Source(paths=[_file(tmp / "notes.pdf")])], "bad_photos"),
        (lambda tmp: [Source(paths=[_file(tmp / "broken.tar")])], "bad_photos"),
    ],
)
def test_sources_without_photos(tmp_path, make, code):
    with pytest.raises(TrainingError) as error:
        open_photos(Data(sources=make(tmp_path)))
    assert error.value.code == code


def test_photos_that_lie_elsewhere_than_the_recipe_says_are_told_how_to_be_taken(tmp_path):
    make_photo(0, 100, 150).save(tmp_path / "mine.png")
    with pytest.raises(TrainingError, match=r"folders named scene; PATH=1"):
        open_photos(Data(sources=[Source(paths=[str(tmp_path)], under="scene")]))


def test_photos_of_one_s_own_work_with_every_recipe(tmp_path, caplog):
    """`--photos FOLDER` with a recipe whose sources are folders that are not in there."""
    make_photo(0, 130, 150).save(tmp_path / "mine.png")
    config = with_photos(load_config("shipped"), [str(tmp_path)])
    with caplog.at_level("INFO"):
        (photos,) = open_photos(config.data)
    assert len(photos) == 1 and "all photos are taken alike" in caplog.text
    (tmp_path / "scene").mkdir()
    make_photo(1, 130, 150).save(tmp_path / "scene" / "there.png")
    with caplog.at_level("INFO"):
        (photos,) = open_photos(with_photos(load_config("shipped"), [str(tmp_path / "scene")]).data)
    assert photos.entries[0].name == "scene/there.png" and "left out" in caplog.text


def test_gray_of_16_bits_and_turned_photos_are_seen_as_they_are(tmp_path):
    ramp = np.linspace(0, 65535, 128 * 128).reshape(128, 128).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "gray.png")
    Image.fromarray(ramp.astype(np.int32)).save(tmp_path / "gray32.tif")
    Image.fromarray((ramp / 65535).astype(np.float32)).save(tmp_path / "float.tif")
    for name in ("gray.png", "gray32.tif", "float.tif"):
        seen = read_rgb(tmp_path / name)
        assert seen.shape == (128, 128, 3) and np.abs(seen[..., 0] - ramp / 257).max() <= 0.51, name
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    upright = np.asarray(make_photo(2, 130, 150))
    Image.fromarray(np.rot90(upright)).save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(read_rgb(tmp_path / "turned.png"), upright)
    assert read_gray(tmp_path / "turned.png").shape == upright.shape[:2]


def _file(path):
    path.write_bytes(b"no photos in here")
    return str(path)


def test_no_worker_outlives_its_batches_even_one_that_hangs(photo_folder, monkeypatch):
    """They heed no SIGTERM, which belongs to the loop: a run would wait for one for ever when it ends."""
    config = build_config({"stages": [{"images": 8}], "data": {"workers": 1}})
    photos = open_photos(Data(sources=[Source(paths=[str(photo_folder)])]))
    hanging = samples(photos)
    make = hanging.__class__.__getitem__
    monkeypatch.setattr(hanging.__class__, "__getitem__", lambda self, k: make(self, k) if k < 2 else time.sleep(600))
    monkeypatch.setattr(torch.utils.data._utils, "MP_STATUS_CHECK_INTERVAL", 0.5)
    before = set(multiprocessing.active_children())
    with batches_of(make_loader(config, hanging, Batches(0, 2), torch.device("cpu"))) as batches:
        images, _, _ = next(batches)
        assert len(images) == 2 and len(set(multiprocessing.active_children()) - before) == 1
    assert set(multiprocessing.active_children()) == before
