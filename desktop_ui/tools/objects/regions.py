"""A picture as a tree of regions: small cells that look alike, merged step by step into things and their grounds.

Cells come from a watershed. Two regions are the more alike the more their colours and textures are, the weaker the
edge between them is, and the smaller one of them is.
"""

from __future__ import annotations

import cv2
import numpy as np

CELL = 9  # pixels, a cell's side
_WORDS = 24  # colours and textures that are told apart
_WORD_SAMPLES = 6000
_WORD_SPREAD = 8.0  # Lab units within which two words count as alike
_STRONG_EDGE = 10.0  # Lab units for each pixel
_EDGE_WEIGHT = 0.5
_SIZE_POWER = 0.3
_SEED = 1


class Regions:
    """A picture cut into small cells of one colour, and which of them meet.

    Attributes:
        cells: H×W, the number of each pixel's cell.
        sizes: of each cell in pixels.
        edges: N×2, cells that meet.
        lengths: of those edges in pixels.
    """

    def __init__(self, rgb: np.ndarray) -> None:
        """Cut a picture.

        Args:
            rgb: H×W×3 uint8, some hundred pixels a side.
        """
        lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
        gradient = _gradient(smooth)
        self.cells = _cells(rgb, gradient)
        count = int(self.cells.max()) + 1
        self.sizes = np.bincount(self.cells.ravel(), minlength=count).astype(np.float32)
        self._words = _word_counts(lab, smooth, self.cells, count)
        self.edges, self.lengths, self._strengths = _meetings(self.cells, gradient)
        self._parents, self._children = self._merged()

    def around(self, cell: int) -> list[np.ndarray]:
        """The regions that a cell lies in, from itself to the whole picture; each one True for its cells."""
        found, node = [], cell
        while node >= 0:
            inside = np.zeros(self.sizes.size, bool)
            inside[self._leaves(node)] = True
            found.append(inside)
            node = int(self._parents[node])
        return found

    def contrast(self, inside: np.ndarray) -> float:
        """How clearly a region (True for its cells) ends, in the weaker half of its border; about 0..1.5."""
        crossing = inside[self.edges[:, 0]] != inside[self.edges[:, 1]]
        if not crossing.any():
            return 0.0
        pairs = self.edges[crossing]
        first_inside = inside[pairs[:, 0]]
        inner, outer = np.where(first_inside, pairs.T, pairs.T[::-1])
        whole = self._words[inside].sum(axis=0)
        far = self._words[outer] / self.sizes[outer][:, None]
        near = self._words[inner] / self.sizes[inner][:, None]
        unlike = (_difference(whole / whole.sum(), far) + _difference(near, far)) / 2
        values = unlike + _edge(self._strengths[crossing])
        order = values.argsort()
        values, weights = values[order], self.lengths[crossing][order]
        weaker = weights.cumsum() <= weights.sum() / 2
        return float(np.average(values[weaker], weights=weights[weaker])) if weaker.any() else float(values[0])

    def border(self, inside: np.ndarray) -> float:
        """Length of a region's border in pixels, without the picture's own."""
        return float(self.lengths[inside[self.edges[:, 0]] != inside[self.edges[:, 1]]].sum())

    def _leaves(self, node: int) -> list[int]:
        found, left = [], [node]
        while left:
            one = left.pop()
            if one < self.sizes.size:
                found.append(one)
            else:
                left.extend(self._children[one])
        return found

    def _merged(self) -> tuple[np.ndarray, dict[int, tuple[int, int]]]:
        """Merge the two most alike until one is left; → each node's parent (-1 = none), and each pair's children."""
        count, area = self.sizes.size, float(self.sizes.sum())
        words, sizes = self._words.copy(), self.sizes.copy()
        lengths = np.zeros((count, count), np.float32)
        strengths = np.zeros((count, count), np.float32)
        rows, columns = self.edges.T
        lengths[rows, columns] = lengths[columns, rows] = self.lengths
        strengths[rows, columns] = strengths[columns, rows] = self._strengths * self.lengths

        def apart(one: int, others: np.ndarray) -> np.ndarray:
            unlike = _difference(words[one] / sizes[one], words[others] / sizes[others][:, None])
            edge = _edge(strengths[one, others] / lengths[one, others])
            return (unlike + edge) * (np.minimum(sizes[one], sizes[others]) / area) ** _SIZE_POWER

        distances = np.full((count, count), np.inf, np.float32)
        for one in range(count):
            others = lengths[one].nonzero()[0]
            distances[one, others] = apart(one, others)
        nearest, least = distances.argmin(axis=1), distances.min(axis=1)
        node, parents, children = np.arange(count), np.full(2 * count, -1), {}
        for new in range(count, 2 * count - 1):
            one = int(least.argmin())
            if not np.isfinite(least[one]):
                break
            other = int(nearest[one])
            children[new] = (int(node[one]), int(node[other]))
            parents[[node[one], node[other]]] = new
            node[one] = new
            words[one] += words[other]
            sizes[one] += sizes[other]
            for table in (lengths, strengths):
                table[one] += table[other]
                table[one, one] = 0
                table[:, one] = table[one]
                table[other] = table[:, other] = 0
            distances[other] = distances[:, other] = distances[one] = least[other] = np.inf
            others = lengths[one].nonzero()[0]
            least[one] = np.inf
            if others.size:
                fresh = apart(one, others)
                distances[one, others] = distances[others, one] = fresh
                best = int(fresh.argmin())
                least[one], nearest[one] = fresh[best], others[best]
                closer = fresh < least[others]
                least[others[closer]], nearest[others[closer]] = fresh[closer], one
                for stale in others[~closer & np.isin(nearest[others], (one, other))]:
                    nearest[stale] = distances[stale].argmin()
                    least[stale] = distances[stale, nearest[stale]]
        return parents, children


def _difference(words: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Chi-squared between shares of words, 0..1."""
    apart = words - others
    return 0.5 * (apart * apart / (words + others + 1e-9)).sum(axis=-1)


def _edge(strength: np.ndarray) -> np.ndarray:
    return _EDGE_WEIGHT * np.tanh(strength / _STRONG_EDGE)


def _gradient(lab: np.ndarray) -> np.ndarray:
    """Lab units for each pixel, H×W."""
    across, down = (cv2.Sobel(lab, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(lab, cv2.CV_32F, 0, 1) / 8)
    return np.sqrt((across * across + down * down).sum(axis=2))


def _cells(rgb: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """A watershed from calm pixels in the middle of a grid's squares."""
    seeds = np.zeros(gradient.shape, np.int32)
    calm = cv2.GaussianBlur(gradient, (0, 0), 1)
    number = 0
    for row in range(min(CELL // 2, calm.shape[0] - 1), calm.shape[0], CELL):
        for column in range(min(CELL // 2, calm.shape[1] - 1), calm.shape[1], CELL):
            top, left = max(0, row - 2), max(0, column - 2)
            around = calm[top : row + 3, left : column + 3]
            down, right = divmod(int(around.argmin()), around.shape[1])
            number += 1
            seeds[top + down, left + right] = number
    cv2.watershed(cv2.cvtColor(cv2.bilateralFilter(rgb, 5, 30, 3), cv2.COLOR_RGB2LAB), seeds)
    if seeds.max() <= 0:  # too small for more than a frame
        return np.zeros(seeds.shape, np.intp)
    while (open_ := seeds <= 0).any():  # the lines between the cells, and the picture's frame
        spread = cv2.dilate(np.maximum(seeds, 0).astype(np.float32), np.ones((3, 3))).astype(np.int32)
        seeds[open_] = spread[open_]
    return np.unique(seeds, return_inverse=True)[1].reshape(seeds.shape)


def _word_counts(lab: np.ndarray, smooth: np.ndarray, cells: np.ndarray, count: int) -> np.ndarray:
    """How often each word, a colour with a roughness, is in each cell; count × words."""
    mean = cv2.blur(lab[..., 0], (5, 5))
    rough = np.sqrt(np.maximum(cv2.blur(lab[..., 0] ** 2, (5, 5)) - mean * mean, 0))
    features = np.dstack([0.6 * smooth[..., 0], smooth[..., 1], smooth[..., 2], rough]).reshape(-1, 4)
    features = features.astype(np.float32)
    chosen = np.random.default_rng(_SEED).choice(len(features), min(len(features), _WORD_SAMPLES), replace=False)
    cv2.setRNGSeed(_SEED)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    samples = np.resize(features[chosen], (max(2, len(chosen)), 4))  # kmeans takes one row for a column
    labels = np.zeros((len(samples), 1), np.int32)
    centres = np.asarray(cv2.kmeans(samples, min(_WORDS, len(chosen)), labels, stop, 1, cv2.KMEANS_PP_CENTERS)[2])
    nearest = ((centres**2).sum(axis=1) - 2 * features @ centres.T).argmin(axis=1)
    words = len(centres)
    counts = np.bincount(cells.ravel() * words + nearest, minlength=count * words).reshape(count, words)
    apart = ((centres[:, None] - centres[None]) ** 2).sum(axis=2)
    alike = np.exp(-apart / _WORD_SPREAD**2)
    return (counts @ (alike / alike.sum(axis=1, keepdims=True))).astype(np.float32)


def _meetings(cells: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """→ pairs of cells that meet (N×2), how long each edge is, and how strong on average."""
    pairs, strengths = [], []
    for here, there in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        differ = cells[here] != cells[there]
        pairs.append(np.sort(np.stack([cells[here][differ], cells[there][differ]], axis=1), axis=1))
        strengths.append(np.maximum(gradient[here], gradient[there])[differ])
    count = int(cells.max()) + 1
    keys = np.concatenate(pairs).astype(np.int64) @ np.array([count, 1])
    found, which = np.unique(keys, return_inverse=True)
    lengths = np.bincount(which, minlength=found.size).astype(np.float32)
    sums = np.bincount(which, np.concatenate(strengths), minlength=found.size).astype(np.float32)
    return np.stack([found // count, found % count], axis=1), lengths, sums / np.maximum(lengths, 1)
