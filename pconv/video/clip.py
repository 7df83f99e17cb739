"""A clip read and written at the same time: frames go through a function, everything else is copied.

Frames are as displayed: a phone's clip that is stored on its side is turned upright. Times are those of the clip,
whether its frames come evenly or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from model.errors import InputError

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
}  # by suffix
ENCODERS = {"webm": "libvpx-vp9"}
USUAL_ENCODER = "libx264"
COPIED = {"audio", "subtitle"}
BITS = 8
AS_BYTES = "surrogateescape"  # titles that are no UTF-8 go through as they are

Change = Callable[[np.ndarray], np.ndarray]


class ClipError(InputError):
    """A clip cannot be read or written."""


@dataclass(frozen=True)
class Clip:
    """What a video's file says of itself.

    Args:
        first: (H, W, 3) uint8, its first frame as displayed.
        frames: how many there are, by the file's own word; 0 where it says nothing.
    """

    path: Path
    first: np.ndarray
    frames: int


def is_clip(path: Path) -> bool:
    return path.suffix.lower() in CONTAINERS


def look_at(path: Path) -> Clip:
    """Open a video far enough to know what it holds.

    Raises:
        ClipError: `file_not_found`, `unsupported_image`, `damaged_image`.
    """
    av = _library(path)
    try:
        with _opened(av, path) as reader:
            stream = reader.streams.video[0]
            frame = next(reader.decode(stream))
            return Clip(path, _upright(_rgb(frame), frame), stream.frames)
    except (av.error.FFmpegError, StopIteration) as error:
        raise _damaged(path, error) from error


def rewrite(path: Path, output: BinaryIO, name: Path, change: Change, crf: int) -> list[str]:
    """Write a clip with other frames, streamed; sound and subtitles are copied as they are.

    Args:
        output: to write to and seek in.
        name: of the result in messages; its suffix names the container.
        change: (H, W, 3) uint8 RGB → the same shape, called for the frames in order.
        crf: 0..51, the encoder's quality; lower is better.

    Returns:
        Words for what is left out of the result.

    Raises:
        ClipError: as `look_at`, and `unsupported_output`. What `change` raises passes through.
    """
    av = _library(path)
    container = CONTAINERS[name.suffix.lower()]
    with _opened(av, path) as reader:
        try:
            with _writer(av, output, container) as writer:
                return _Rewriting(av, path, reader, writer, container, crf).run(change)
        except (av.error.FFmpegError, av.codec.codec.UnknownCodecError) as error:
            message = f"{name} cannot be written as this kind of video ({_words(error)}); name another, such as a .mkv."
            raise ClipError("unsupported_output", message) from error


class _Rewriting:
    def __init__(self, av: Any, path: Path, reader: Any, writer: Any, container: str, crf: int) -> None:
        self._av, self._path, self._reader, self._writer = av, path, reader, writer
        self._source = reader.streams.video[0]
        self._source.thread_type = "AUTO"
        self._encoder, self._crf = ENCODERS.get(container, USUAL_ENCODER), crf
        self._words: list[str] = []
        self._last: int | None = None  # time of the frame before
        self._copies: dict[int, Any] = {}
        writer.metadata.update(reader.metadata)
        if chapters := reader.chapters():
            writer.set_chapters(chapters)

    def run(self, change: Change) -> list[str]:
        made, waiting = None, []
        for packet, frames in self._read():
            if packet.stream is not self._source:
                waiting += [packet] if packet.dts is not None else []
            for frame in frames:
                filled = np.ascontiguousarray(change(_upright(_rgb(frame), frame)))
                made = made or self._add_streams(frame, filled.shape)
                self._writer.mux(made.encode(self._frame(filled, frame, made)))
            if made is not None:  # once anything is written, no stream can be added
                self._copy(waiting)
        if made is None:
            raise ClipError("damaged_image", f"{self._path} is damaged: it has no frames.")
        self._writer.mux(made.encode(None))
        return list(dict.fromkeys(self._words))

    def _read(self) -> Iterator[tuple[Any, list[Any]]]:
        """Packets in their order, with the frames of those that hold pictures."""
        try:
            for packet in self._reader.demux():
                yield packet, packet.decode() if packet.stream is self._source else []
        except self._av.error.FFmpegError as error:
            raise _damaged(self._path, error) from error

    def _copy(self, packets: list[Any]) -> None:
        for packet in packets:
            if packet.stream.index in self._copies:
                packet.stream = self._copies[packet.stream.index]
                self._writer.mux(packet)
        packets.clear()

    def _add_streams(self, frame: Any, shape: tuple[int, ...]) -> Any:
        """In the order in which they are read; returns that of the pictures."""
        made = None
        for stream in self._reader.streams:
            if stream is self._source:
                made = self._stream(frame, shape)
            elif stream.type in COPIED and stream.codec_context.codec.canonical_name in self._writer.supported_codecs:
                self._copies[stream.index] = self._writer.add_stream_from_template(stream)
            else:
                self._words.append(_name(stream.type))
        return made

    def _stream(self, frame: Any, shape: tuple[int, ...]) -> Any:
        """The stream of the result, made like the one that is read, once its first frame is there."""
        rate = self._source.average_rate or Fraction(25)
        made = self._writer.add_stream(self._encoder, rate=rate, options={"crf": str(self._crf)})
        made.height, made.width = shape[:2]
        made.pix_fmt = _pixel_format(frame, shape)
        made.time_base = made.codec_context.time_base = self._source.time_base
        aspect = self._source.sample_aspect_ratio
        if aspect:
            made.sample_aspect_ratio = 1 / aspect if _quarter_turns(frame) % 2 else aspect
        for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
            setattr(made.codec_context, name, getattr(frame, name))
        if _bits(frame) > BITS:
            self._words.append(f"{_bits(frame) - BITS} of {_bits(frame)} bits a channel")
        return made

    def _frame(self, filled: np.ndarray, frame: Any, made: Any) -> Any:
        picture = self._av.VideoFrame.from_ndarray(filled, format="rgb24").reformat(
            format=made.pix_fmt, dst_colorspace=_matrix(frame), dst_color_range=frame.color_range or None
        )
        following = 0 if self._last is None else self._last + 1
        late = frame.pts is None or (self._last is not None and frame.pts < following)  # some repeat a time
        self._last = following if late else frame.pts
        picture.pts, picture.time_base = self._last, frame.time_base
        return picture


def _rgb(frame: Any) -> np.ndarray:
    return frame.reformat(format="rgb24", src_colorspace=_matrix(frame)).to_ndarray()


def _matrix(frame: Any) -> int | None:
    """That by which the clip's YUV is made of RGB; where it is not said, ffmpeg's own both ways."""
    return frame.colorspace if frame.colorspace in {1, 4, 5, 6, 7, 9} else None


def _quarter_turns(frame: Any) -> int:
    """Against the clock, to see it upright."""
    return round(frame.rotation / 90) % 4


def _upright(array: np.ndarray, frame: Any) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(array, _quarter_turns(frame)))


def _bits(frame: Any) -> int:
    return max(component.bits for component in frame.format.components)


def _pixel_format(frame: Any, shape: tuple[int, ...]) -> str:
    """As many colours a pixel as the clip has, in 8 bits; halved colours need even sides."""
    name = frame.format.name
    kept = next(
        (known for known in ("444", "422") if known in name), "444" if "rgb" in name or "gbr" in name else "420"
    )
    return "yuv444p" if shape[0] % 2 or shape[1] % 2 else f"yuv{kept}p"


def _name(kind: str) -> str:
    return {"video": "further video", "attachment": "attached files", "data": "data"}.get(kind, kind)


def _library(path: Path) -> Any:
    try:
        import av
    except ImportError as error:
        message = f"{path} is a video, which ffmpeg's libraries read; install pconv[video], which brings them."
        raise ClipError("unsupported_image", message) from error
    av.logging.set_level(None)  # any level calls Python from ffmpeg's threads, which hangs when they are ended
    return av


def _writer(av: Any, output: BinaryIO, container: str) -> Any:
    return av.open(output, "w", format=container, metadata_errors=AS_BYTES)


def _opened(av: Any, path: Path) -> Any:
    try:
        path.open("rb").close()
    except FileNotFoundError as error:
        raise ClipError("file_not_found", f"{path} does not exist; check the name.") from error
    except OSError as error:
        raise ClipError("unreadable", f"{path} cannot be read: {error.strerror}.") from error
    try:
        reader = av.open(str(path), metadata_errors=AS_BYTES)
    except av.error.FFmpegError as error:
        raise _damaged(path, error) from error
    if not reader.streams.video:
        reader.close()
        raise ClipError("unsupported_image", f"{path} holds no pictures; name a video.")
    return reader


def _damaged(path: Path, error: Exception) -> ClipError:
    return ClipError("damaged_image", f"{path} is damaged or of a kind that ffmpeg does not know ({_words(error)}).")


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
