"""The table: metrics against known values, baselines, cases, files that are left, faults."""

from __future__ import annotations

import csv
import math
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from model.errors import TrainingError
from model.network.weights import load_weights
from tests.training.conftest import make_case, make_photo
from training.config import Data, Source, build_config
from training.data.holes import RATIO_BUCKETS
from training.evaluation import metrics, report
from training.evaluation.__main__ import main
from training.evaluation.cases import load_cases, make_cases
from training.evaluation.evaluate import evaluate, means
from training.evaluation.methods import BASELINES, product, raw
from training.loop.logs import RunLog
from training.torchvision_import import vision


def test_l1_and_psnr_of_known_differences():
    truth = np.zeros((10, 10, 3), np.uint8)
    fill = truth.copy()
    fill[:5] = 51
    assert metrics.l1_percent(fill, truth) == pytest.approx(10)
    assert metrics.psnr(fill, truth) == pytest.approx(10 * math.log10(255**2 / (51**2 / 2)))
    assert metrics.psnr(truth, truth) == metrics.HIGHEST_PSNR


def test_ssim_equals_scikit_image():
    from skimage.metrics import structural_similarity

    first = np.asarray(make_photo(1, 96, 96))
    second = np.asarray(make_photo(2, 96, 96)) // 2 + first // 2
    expected = structural_similarity(
        first, second, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    ssim = metrics.ssim_metric()
    assert ssim(second, first) == pytest.approx(expected, abs=0.01)
    assert ssim(first, first) == pytest.approx(1)


@pytest.mark.slow
def test_lpips_appears_only_where_its_weights_are(tmp_path, monkeypatch):
    """In torch's hub cache, or at a path that is given; the cache is left as it was."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert metrics.lpips_metric() is None
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    models = vision("models")
    with torch.device("meta"):
        net = models.alexnet(weights=None)
    state = {key: torch.full(value.shape, 0.01) for key, value in net.state_dict().items()}
    path = tmp_path / "mine.pth"
    torch.save(state, path)
    given = metrics.lpips_metric(path)
    assert not list(folder.iterdir()) and torch.hub.get_dir() == str(tmp_path / "hub")
    path.rename(folder / models.AlexNet_Weights.IMAGENET1K_V1.url.rsplit("/", 1)[1])
    first, second = np.asarray(make_photo(1, 96, 96)), np.asarray(make_photo(2, 96, 96))
    for lpips in (given, metrics.lpips_metric()):
        assert lpips(first, first) == pytest.approx(0, abs=1e-6)
        assert math.isfinite(lpips(first, second))


def test_weights_of_a_measure_that_are_no_such_network_are_named(case_folder, tmp_path, capsys):
    (tmp_path / "other.pth").write_text("no weights")
    measured = [str(case_folder), "--no-network", "--baselines", "telea", "--out", str(tmp_path / "out")]
    for option, network in (("alexnet", "AlexNet"), ("inception", "Inception"), ("lite0", "the network's weights")):
        assert main([*measured, f"--{option}", str(tmp_path / "other.pth")]) == 1
        said = capsys.readouterr().err
        assert "other.pth" in said and network in said
    with pytest.raises(SystemExit):
        main([*measured, "--alexnet", str(tmp_path / "none.pth")])
    assert "no file at" in capsys.readouterr().err


def test_sharpness_tells_blur_at_full_and_at_quarter_size():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 255, (128, 128, 3), np.uint8)
    hole = np.zeros((128, 128), bool)
    hole[20:100, 20:100] = True
    half = (truth // 2 + 64).astype(np.uint8)
    assert metrics.sharpness(truth, truth, hole) == 1
    assert metrics.sharpness(half, truth, hole) == pytest.approx(0.5, abs=0.01)
    fine = truth.copy()  # the quarter-size picture keeps its gradients, the full-size one loses them
    fine[:] = truth.reshape(32, 4, 32, 4, 3).mean((1, 3)).repeat(4, 0).repeat(4, 1)
    assert metrics.sharpness(fine, truth, hole) < 0.5
    assert metrics.sharpness(fine, truth, hole, shrink=4) == pytest.approx(1, abs=0.05)
    assert math.isnan(metrics.sharpness(truth, truth, np.eye(128, dtype=bool)))


def test_sharpness_ignores_the_hole_s_border():
    truth, hole = np.asarray(make_photo(0, 64, 64)), np.zeros((64, 64), bool)
    hole[10:40, 10:40] = True
    seam = truth.copy()
    seam[10:11, 10:40] = 255 - seam[10:11, 10:40]
    assert metrics.sharpness(seam, truth, hole) == 1


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_fill_the_hole_and_nothing_else(name):
    case = make_case(size=64, hole=slice(20, 32))
    blanked = np.where(case.hole[..., None], np.uint8(127), case.photo)
    filled = BASELINES[name](blanked, case.hole)
    assert filled.dtype == np.uint8
    assert np.array_equal(filled[~case.hole], case.photo[~case.hole])
    assert metrics.l1_percent(filled, case.photo) < metrics.l1_percent(blanked, case.photo)


def test_a_method_never_sees_the_truth():
    case, seen = make_case(), []

    def spy(photo, hole):
        seen.append(photo[hole])
        return photo

    evaluate([case], {"spy": spy})
    assert (seen[0] == 127).all()


def test_files_of_a_report(case_folder, small_weights, tmp_path):
    cases = load_cases(case_folder)
    measured = {"product": product(small_weights), "telea": BASELINES["telea"]}
    rows = evaluate(cases, measured, tmp_path / "out")
    assert [(r.method, r.case) for r in rows] == [(m, c) for c in ("00", "01") for m in measured]
    assert [c.border for c in cases] == [False, True]
    with open(tmp_path / "out" / "rows.csv") as file:
        written = list(csv.DictReader(file))
    assert [float(r["l1"]) for r in written] == [r.l1 for r in rows]
    table = (tmp_path / "out" / "table.md").read_text()
    assert f"| telea | {rows[1].l1:.2f} / – | – / – | – / {rows[3].l1:.2f} |" in table
    with Image.open(tmp_path / "out" / "sheet.jpg") as sheet:
        assert sheet.width == 4 * report.THUMB
    assert (tmp_path / "out" / "plot.png").stat().st_size > 5000
    values = means(rows, "telea")
    assert values["l1"] == pytest.approx((rows[1].l1 + rows[3].l1) / 2)


def test_raw_is_the_network_alone_at_the_photo_s_own_size(small_weights):
    """The paper's I_comp, also where a side is no multiple of the network's."""
    net = load_weights(small_weights).build()
    rng = np.random.default_rng(0)
    photo, hole = rng.integers(0, 255, (130, 200, 3), np.uint8), np.zeros((130, 200), bool)
    hole[40:90, 60:150] = True
    filled = raw(small_weights)(photo, hole)
    image, valid = torch.zeros(1, 3, 256, 256), torch.zeros(1, 1, 256, 256)
    image[..., :130, :200] = torch.from_numpy(photo).permute(2, 0, 1) / 255
    valid[..., :130, :200] = torch.from_numpy(~hole)
    with torch.no_grad():
        want = net(image, valid)[0, :, :130, :200].permute(1, 2, 0).clamp(0, 1).numpy() * 255
    assert np.array_equal(filled[~hole], photo[~hole])
    assert np.abs(filled[hole] - want[hole]).max() <= 0.51


def test_cases_csv_decides_what_counts_as_border(case_folder):
    (case_folder / "cases.csv").write_text("case,border\n00,border\n01,inside\n")
    assert [case.border for case in load_cases(case_folder)] == [True, False]


def test_made_cases_cover_the_paper_s_cells(photo_folder):
    cases = make_cases(Data(sources=[Source(paths=[str(photo_folder)])]), per_cell=1, size=128)
    cells = {(case.bucket, case.border) for case in cases}
    assert cells == {(bucket, border) for bucket in range(len(RATIO_BUCKETS)) for border in (False, True)}
    assert all(case.photo.shape == (128, 128, 3) for case in cases)


def test_made_cases_take_their_holes_from_mask_files(photo_folder, small_weights, tmp_path, capsys):
    masks = tmp_path / "masks"
    masks.mkdir()
    for border in (0, 20):
        for high in (high for _, high in RATIO_BUCKETS):
            canvas = np.zeros((160, 160), np.uint8)
            side = round(160 * np.sqrt(high - 0.03))
            canvas[border : border + side, border : border + side] = 255
            Image.fromarray(canvas).save(masks / f"{border}-{high}.png")
    out = tmp_path / "out"
    made = ["--photos", str(photo_folder), "--masks", str(masks), "--per-cell", "1", "--size", "160", "--out", str(out)]
    assert main([*made, "--no-network", "--baselines", "telea"]) == 0
    with open(out / "rows.csv") as file:
        ratios = {(row["bucket"], row["border"]): float(row["ratio"]) for row in csv.DictReader(file)}
    assert len(ratios) == 12
    for bucket, (_, high) in enumerate(RATIO_BUCKETS):  # the squares of the files, nothing drawn
        for border in ("False", "True"):
            assert ratios[str(bucket), border] == pytest.approx(round(160 * np.sqrt(high - 0.03)) ** 2 / 160**2)
    assert main([str(tmp_path), "--masks", str(masks), "--out", str(out)]) == 1
    assert "--masks are for cases made from --photos" in capsys.readouterr().err


def test_command(case_folder, small_weights, tmp_path, capsys):
    out = tmp_path / "out"
    code = main([str(case_folder), "--weights", str(small_weights), "--baselines", "telea", "--out", str(out)])
    assert code == 0
    assert "| product |" in capsys.readouterr().out
    assert {p.name for p in out.iterdir()} == {"rows.csv", "table.md", "sheet.jpg", "plot.png"}


def test_weights_of_one_name_are_told_apart_by_their_folders(case_folder, small_weights, tmp_path, capsys):
    paths = [tmp_path / run / "pconv.safetensors" for run in ("first", "second")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(small_weights.read_bytes())
    both = [text for path in paths for text in ("--weights", str(path))]
    measured = [str(case_folder), *both, "--baselines", "--out", str(tmp_path / "out")]
    assert main(measured) == 0
    with open(tmp_path / "out" / "rows.csv") as file:
        names = {row["method"] for row in csv.DictReader(file)}
    assert names == {f"{kind} {run}/pconv" for kind in ("raw", "product") for run in ("first", "second")}
    assert main([*measured, "--weights", str(paths[0])]) == 1
    assert "named alike" in capsys.readouterr().err
    assert main([*measured, "--fills", f"raw first/pconv={case_folder}"]) == 1
    assert "two contestants are named raw first/pconv" in capsys.readouterr().err


def test_cases_whose_names_hold_points_and_brackets_stay_apart(tmp_path):
    for name in ("a.1", "a.2", "[b]"):
        case = make_case()
        Image.fromarray(case.photo).save(tmp_path / f"{name}.photo.png")
        Image.fromarray(255 * case.hole.astype(np.uint8)).save(tmp_path / f"{name}.mask.png")
    assert [case.name for case in load_cases(tmp_path)] == ["[b]", "a.1", "a.2"]
    Image.fromarray(case.photo).save(tmp_path / "a.1.photo.bmp")
    with pytest.raises(TrainingError, match=r"a\.1\.photo\.bmp and a\.1\.photo\.png in .* are of one case"):
        load_cases(tmp_path)


def test_faults_are_named(tmp_path, case_folder, capsys):
    assert main([str(tmp_path), "--no-network", "--out", str(tmp_path / "o")]) == 1
    assert "no NAME.photo.*" in capsys.readouterr().err
    assert main([str(case_folder), "--weights", str(tmp_path / "none"), "--out", str(tmp_path / "o")]) == 1
    assert "No weights at" in capsys.readouterr().err
    assert main(["--out", str(tmp_path / "o")]) == 1
    (case_folder / "01.mask.png").unlink()
    with pytest.raises(TrainingError) as missing:
        load_cases(case_folder)
    assert missing.value.code == "bad_case"
    Image.new("L", (5, 5), 255).save(case_folder / "01.mask.png")
    with pytest.raises(TrainingError, match="01"):
        load_cases(case_folder)


def test_without_the_optional_libraries_the_rest_is_still_measured(monkeypatch, tmp_path, caplog):
    for module in ("torchmetrics.functional.image", "matplotlib.backends.backend_agg", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, module, None)
    rows = evaluate([make_case()], {"telea": BASELINES["telea"]}, tmp_path)
    assert math.isnan(rows[0].ssim) and rows[0].psnr > 0
    assert "SSIM" not in (tmp_path / "table.md").read_text() and not (tmp_path / "plot.png").exists()
    RunLog(tmp_path, build_config({"stages": [{"images": 6}]})).close()
    for library in ("torchmetrics", "matplotlib", "tensorboard"):
        assert f"pip install {library}" in caplog.text
