"""Photos and samples: every kind of source, resume by number, faults named and counted."""

from __future__ import annotations

import bz2
import gzip
import io
import logging
import lzma
import multiprocessing
import pickle
import sys
import tarfile
import time
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from model.errors import TrainingError
from tests.training.conftest import make_photo
from training.config import Data, Masks, Source, build_config, load_config, with_photos
from training.data import unpacked
from training.data.entries import entries
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


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """Where copies of what cannot be read by number are kept in a test."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(unpacked, "user_cache_path", lambda name: folder / name)
    return folder / "pconv" / "unpacked"


def contents(path):
    photos = Photos(Source(paths=[str(path)]), Data())
    return sorted(photos.get(i).tobytes() for i in range(len(photos)))


def contents_in_a_worker(path):
    """As a loader's worker sees them, which was forked after the parent had read."""
    config = build_config({"stages": [{"images": 6}], "data": {"workers": 1}})
    photos = [Photos(Source(paths=[str(path)]), Data())]
    assert photos[0].get(0) is not None
    with batches_of(make_loader(config, samples(photos), Batches(0, 2), torch.device("cpu"))) as batches:
        images, _, skipped = next(batches)
    assert not skipped and torch.equal(images[1], samples(photos)[1][0])


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_compressed_tars_are_unpacked_once(photo_folder, tar, tmp_path, own_cache, packing, caplog):
    packed = tmp_path / f"photos.tar.{packing}"
    packed.write_bytes({"gz": gzip, "bz2": bz2, "xz": lzma}[packing].compress(tar.read_bytes()))
    with caplog.at_level("INFO"):
        assert contents(packed) == contents(photo_folder)
        entries.cache_clear()
        assert contents(packed) == contents(photo_folder)
    assert caplog.text.count("unpacked once") == 1
    assert [p.suffix for p in sorted(own_cache.iterdir())] == [".tar", ".lock"]
    packed.write_bytes(packed.read_bytes()[:-2000])
    entries.cache_clear()
    with pytest.raises(TrainingError) as error:
        contents(packed)
    assert error.value.code == "bad_photos" and packed.name in str(error.value)
    assert not list(own_cache.glob("*.part"))


def test_a_full_disk_while_unpacking_is_named(tar, tmp_path, own_cache, monkeypatch):
    packed = tmp_path / "photos.tgz"
    packed.write_bytes(gzip.compress(tar.read_bytes()))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unpacked.shutil, "copyfileobj", full)
    with pytest.raises(TrainingError, match=r"No space left on device.*make room") as error:
        contents(packed)
    assert error.value.code == "no_room" and not list(own_cache.glob("*.part"))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zips_are_read_where_they_lie(photo_folder, tmp_path, method):
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("readme.txt", "not a photo")
        for file in sorted(photo_folder.rglob("*.png")):
            archive.write(file, f"photos/{file.parent.name}/{file.name}")
    assert contents(path) == contents(photo_folder)
    assert len(Photos(Source(paths=[str(path)], under="scene"), Data())) == 4
    contents_in_a_worker(path)
    with zipfile.ZipFile(tmp_path / "rare.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("0.png", b"")
    with pytest.raises(TrainingError, match="zip it again"):
        contents(tmp_path / "rare.zip")


@pytest.mark.parametrize("subdir", [True, False])
def test_lmdb_holds_photos_by_key(photo_folder, tmp_path, subdir):
    lmdb = pytest.importorskip("lmdb")
    path = tmp_path / "photos.lmdb"
    with lmdb.open(str(path), subdir=subdir, map_size=2**26) as store, store.begin(write=True) as transaction:
        transaction.put(b"__len__", b"6")
        for file in photo_folder.rglob("*.png"):
            transaction.put(file.stem.encode(), file.read_bytes())
    assert contents(path) == contents(photo_folder)
    contents_in_a_worker(path)
    (tmp_path / "broken.lmdb").write_bytes(bytes(10000))
    with pytest.raises(TrainingError) as error:
        contents(tmp_path / "broken.lmdb")
    assert error.value.code == "bad_photos"


@pytest.fixture
def image_table(photo_folder):
    """Labels and images as the library of Hugging Face stores them: bytes of a file, and the path it had."""
    arrow = pytest.importorskip("pyarrow")
    files = sorted(photo_folder.rglob("*.png"))
    images = [{"bytes": file.read_bytes(), "path": file.name} for file in files[:-1]]
    images.append({"bytes": None, "path": str(files[-1])})
    return arrow.table({"label": list(range(len(files))), "image": images})


def test_parquet_is_copied_once_into_a_form_that_is_read_by_number(image_table, photo_folder, tmp_path, own_cache):
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "set" / "data").mkdir(parents=True)
    path = tmp_path / "set" / "data" / "train-00000-of-00001.parquet"
    parquet.write_table(image_table, path, row_group_size=4)
    for place in (path, tmp_path / "set"):
        assert contents(place) == contents(photo_folder)
    contents_in_a_worker(path)
    assert [p.suffix for p in sorted(own_cache.iterdir())] == [".arrow", ".lock"]
    parquet.write_table(image_table.drop_columns(["image"]), path)
    entries.cache_clear()
    with pytest.raises(TrainingError, match="no column of pictures, only label"):
        contents(path)


def test_arrow_files_that_their_library_saved(image_table, photo_folder, tmp_path):
    ipc = pytest.importorskip("pyarrow.ipc")
    folder = tmp_path / "saved"
    folder.mkdir()
    for name in ("data-00000-of-00001.arrow", "cache-0123.arrow"):
        with open(folder / name, "wb") as file, ipc.new_stream(file, image_table.schema) as writer:
            writer.write_table(image_table)
    (folder / "state.json").write_text("{}")
    assert contents(folder) == contents(photo_folder)
    contents_in_a_worker(folder)
    with pytest.raises(TrainingError) as error:
        contents(_file(tmp_path / "broken.arrow"))
    assert error.value.code == "bad_photos"


def test_a_library_that_is_missing_is_named(tmp_path, monkeypatch):
    for module in ("lmdb", "pyarrow"):
        monkeypatch.setitem(sys.modules, module, None)
    for name, code in (("photos.lmdb", "no_lmdb"), ("photos.parquet", "no_arrow"), ("photos.arrow", "no_arrow")):
        with pytest.raises(TrainingError, match=r"pip install 'pconv\[datasets\]'") as error:
            contents(_file(tmp_path / name))
        assert error.value.code == code


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


@pytest.mark.parametrize("workers", [0, 1])
def test_photos_that_are_gone_in_the_middle_of_a_run_are_one_sentence(small, tmp_path, workers):
    """As when a network drive is lost; whoever makes the samples."""
    from training.loop.trainer import Trainer

    make_photo(0).save(tmp_path / "only.png")
    small["data"] |= {"sources": [{"paths": [str(tmp_path)]}], "cache_gib": 0.0, "workers": workers}
    trainer = Trainer(build_config(small), tmp_path / "run")
    (tmp_path / "only.png").unlink()
    with pytest.raises(TrainingError, match=r"20 photos in a row cannot be read, the last .*only\.png; check") as error:
        trainer.run()
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
        (lambda tmp: [Source(paths=[_file(tmp / "broken.zip")])], "bad_photos"),
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
