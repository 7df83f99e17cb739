"""What the canvas shows of one document: its pyramids, kept in step with its changes."""

from __future__ import annotations

from desktop_ui.document.change import Change
from desktop_ui.document.colour import Display, to_display
from desktop_ui.document.document import Document
from desktop_ui.view.pyramid import Pyramid
from desktop_ui.view.render import Layers


class Scene:
    """The layers of a document as the canvas draws them.

    Attributes:
        mask: pyramid of the mask.
        forbidden: of the mask of what is forbidden; None as long as nothing ever was.
    """

    def __init__(self, document: Document, display: Display) -> None:
        self.document = document
        self._image = Pyramid(document.image)
        self._before = self._image if document.image is document.original else Pyramid(document.original)
        picture = document.picture
        self._alpha = None if picture.alpha is None else Pyramid(picture.alpha)
        self.show_on(display)
        self.mask = Pyramid(document.mask, blank=not document.mask.any())
        self.forbidden = Pyramid(document.forbidden) if document.forbidden.any() else None

    @property
    def after(self) -> Layers:
        return Layers(self._image, self._alpha, self._to_screen)

    @property
    def before(self) -> Layers:
        return Layers(self._before, self._alpha, self._to_screen)

    def show_on(self, display: Display) -> None:
        """Convert the colours for this display from now on."""
        picture = self.document.picture
        self._to_screen = to_display(picture.extras.icc, picture.pixels.shape[2], display)

    def follow(self, change: Change) -> None:
        """Renew what a change of the document made stale."""
        if self.document.image is not self._image.array:
            self._image = self._image.copy(self.document.image)
        if not change.image.empty:
            self._image.update(change.image)
        if not change.mask.empty:
            self.mask.update(change.mask)
        if not change.forbidden.empty:
            if self.forbidden is None:
                self.forbidden = Pyramid(self.document.forbidden, blank=True)
            self.forbidden.update(change.forbidden)
