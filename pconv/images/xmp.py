"""XMP packets: what they say of pictures, videos and data beside the picture, which a fill leaves behind.

A gain map, a depth map, a video or a thumbnail would still show what was removed, so none of them goes into the filled
file, and neither does what points at them. All else stays byte for byte.
"""

from __future__ import annotations

import re

EXTENSION = b"http://ns.adobe.com/xmp/extension/\x00"
EXTENSION_HEAD = len(EXTENSION) + 32 + 4 + 4  # then its checksum, its length, the place of this part
NOTE = b"http://ns.adobe.com/xmp/note/"
_GOOGLE = b"http://ns.google.com/photos/1.0/"
_ANY = rb"[\w.-]+"

# namespace: names in it that point at something else, what that is
POINTERS = {
    b"http://ns.adobe.com/hdr-gain-map/1.0/": (_ANY, "gain map"),
    b"http://ns.apple.com/HDRGainMap/1.0/": (_ANY, "gain map"),
    _GOOGLE + b"container/": (rb"(?:Directory|Version)", ""),
    _GOOGLE + b"camera/": (rb"(?:MotionPhoto|MicroVideo)\w*", "video"),
    _GOOGLE + b"depthmap/": (_ANY, "depth map"),
    _GOOGLE + b"image/": (_ANY, "unblurred picture"),
    _GOOGLE + b"audio/": (_ANY, "sound"),
    b"http://ns.adobe.com/xap/1.0/": (rb"Thumbnails", "thumbnail"),
}


def without_pointers(xmp: bytes) -> tuple[bytes, list[str]]:
    """The packet, and words for what it pointed at."""
    words = []
    for namespace, (names, word) in POINTERS.items():
        shorter = _without(xmp, namespace, names)
        if shorter != xmp and word and word not in words:
            words.append(word)
        xmp = shorter
    return xmp, words


def without_extension(xmp: bytes | None) -> bytes | None:
    """The packet without its word that there is more in other segments."""
    return xmp and _without(xmp, NOTE, b"HasExtendedXMP")


def extension_segments(segments: list[tuple[str, bytes]]) -> tuple[bytes, ...]:
    """Contents of a JPEG's APP1 segments that hold what is too long for one packet."""
    return tuple(content for name, content in segments if name == "APP1" and content.startswith(EXTENSION))


def extension_text(segments: tuple[bytes, ...]) -> bytes:
    return b"".join(content[EXTENSION_HEAD:] for content in segments)


def _without(xmp: bytes, namespace: bytes, names: bytes) -> bytes:
    """Attributes and elements of these names removed, whatever prefix stands for the namespace."""
    declared = rb"xmlns:([\w.-]+)\s*=\s*[\"']" + re.escape(namespace) + rb"[\"']"
    for prefix in set(re.findall(declared, xmp)):
        name = re.escape(prefix) + rb":" + names
        xmp = re.sub(rb"\s+" + name + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", xmp)
        xmp = re.sub(rb"<(" + name + rb")(?:\s[^>]*?)?(?:/>|>.*?</\1\s*>)", b"", xmp, flags=re.DOTALL)
    return xmp
