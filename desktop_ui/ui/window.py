"""The main window: puts canvas, panels, controllers and jobs together, and nothing more."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QMimeData, Qt, QTimer
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_ui.document.change import Change
from desktop_ui.document.colour import Display
from desktop_ui.document.document import Document
from desktop_ui.document.edits import Plane
from desktop_ui.jobs import background
from desktop_ui.jobs.daemon_state import StateWatcher
from desktop_ui.jobs.files import Preview
from desktop_ui.jobs.fill import FillWorker
from desktop_ui.jobs.kept_work import KeptWork
from desktop_ui.jobs.recovery import Recovery
from desktop_ui.tools.crop import CropTool
from desktop_ui.tools.object_tool import ObjectTool
from desktop_ui.ui import menus, theme
from desktop_ui.ui.amount_bar import AmountBar
from desktop_ui.ui.autosave import Autosave
from desktop_ui.ui.controllers.colour import ColourController
from desktop_ui.ui.controllers.edit import EditController
from desktop_ui.ui.controllers.file import FileController
from desktop_ui.ui.controllers.fill import RESULT_ACTIONS, FillController
from desktop_ui.ui.controllers.folder import FolderController
from desktop_ui.ui.controllers.frame import FrameController
from desktop_ui.ui.controllers.help import HelpController
from desktop_ui.ui.controllers.layers import LAYER_ACTIONS, LayersController
from desktop_ui.ui.controllers.objects import ObjectController
from desktop_ui.ui.controllers.sampling import SamplingController
from desktop_ui.ui.controllers.view import TOOLS, ViewController
from desktop_ui.ui.crash import CrashHandler
from desktop_ui.ui.crop_bar import CropBar
from desktop_ui.ui.filmstrip import Filmstrip
from desktop_ui.ui.folder_model import FolderModel
from desktop_ui.ui.folder_strip import FolderStrip
from desktop_ui.ui.hint import StartHint
from desktop_ui.ui.icons import program_icon
from desktop_ui.ui.keys import CanvasKeys, leave_focus_to
from desktop_ui.ui.object_bar import ObjectBar
from desktop_ui.ui.overlays import Banner, OpeningPill, ProgressPill
from desktop_ui.ui.panels.fill_panel import FillPanel
from desktop_ui.ui.panels.mask_panel import MaskPanel
from desktop_ui.ui.panels.parts import line
from desktop_ui.ui.panels.tool_panel import ToolPanel
from desktop_ui.ui.settings import Settings
from desktop_ui.ui.statusbar import StatusBar
from desktop_ui.ui.welcome import Welcome
from desktop_ui.ui.workspace import Workspace
from desktop_ui.view.canvas import Canvas
from desktop_ui.view.navigator import Navigator
from model.errors import PconvError

PANEL_WIDTH = 304
COMPACT_BELOW = 800  # logical pixels of height


class MainWindow(QMainWindow):
    fill: FillController

    def __init__(self, settings: Settings, recovery: Recovery) -> None:
        super().__init__()
        self.setWindowTitle("pconv")
        self.setWindowIcon(program_icon())
        self.setAcceptDrops(True)
        self.resize(1280, 820)
        self.settings = settings
        self.workspace = Workspace(settings, self)
        self.recovery = recovery
        self.kept = KeptWork(recovery.root.with_name("masks"))
        self.autosave = Autosave(self.workspace, recovery)
        self.crash = CrashHandler(self, self.autosave.save_now)
        self.actions_by_name = menus.make_actions(self)
        address = settings["daemon/address"] or None
        self.worker = FillWorker(address, self)
        self.watcher = StateWatcher(address, settings["daemon/start"], self)
        self._build()
        self._connect()
        self._restyle()
        self._document_changed()

    # building

    def _build(self) -> None:
        actions = self.actions_by_name
        self.theme = theme.current(self.settings["view/theme"])
        self.canvas = Canvas()
        self.welcome = Welcome()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.canvas)
        self.banner = Banner(self.pages)
        self.opening = OpeningPill(self.pages)
        self.pill = ProgressPill(self.canvas, lambda: self.fill.cancel())
        self.amount = AmountBar(self.canvas)
        self.navigator = Navigator(self.canvas)
        self.status = StatusBar(self.theme)
        self.setStatusBar(self.status)
        self.menus = menus.fill_menus(self, actions)
        self.recent_menu = QMenu(self.tr("Open &Recent"), self)
        self.menus["file"].insertMenu(actions["file.paste"], self.recent_menu)
        self.canvas_menu = menus.canvas_menu(self, actions)
        menus.main_bar(self, actions)
        menus.tool_bar(self, actions)
        self.tool_panel = ToolPanel(self.settings)
        self.filmstrip = Filmstrip((actions["fill.more"], actions["fill.delete_result"]))
        model = FolderModel(lambda path: self.folder.state_of(path), self)
        all_pictures = ("mask.same_on_all", "fill.all_masked", "file.save_all")
        self.folder_strip = FolderStrip(model, tuple(actions[name] for name in all_pictures))
        self.side = self._side()
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.pages, 1)
        middle.addWidget(self.filmstrip)
        row.addWidget(self.folder_strip)
        row.addLayout(middle, 1)
        row.addWidget(self.side)
        self.setCentralWidget(centre)
        object_tool, object_bar = ObjectTool(), ObjectBar(self.canvas)
        self.objects = ObjectController(self.workspace, self.canvas, object_bar, object_tool, self)
        crop_tool = CropTool()
        self.view = ViewController(self.workspace, self.canvas, self.tool_panel, actions, object_tool, crop_tool)
        self.file = FileController(self.workspace, self.kept, self)
        instead_of_undo = (self.objects.step_back, lambda: self.fill.cancel_if_last())
        self.edit = EditController(self.workspace, self, self.amount, lambda: self.view.plane, instead_of_undo)
        self.sampling = SamplingController(self.workspace, self)
        self.fill = FillController(self.workspace, self.worker, self.pill, self.banner, self.filmstrip, self.canvas)
        self.crop_bar = CropBar(self.canvas, crop_tool)
        self.banner.make_room_for(self.crop_bar, object_bar, self.amount)
        self.frame = FrameController(
            self.workspace, self.canvas, self.crop_bar, crop_tool, self.fill, self.view.take, self
        )
        self.view.on_taken = self.frame.taken
        self.folder = FolderController(self.workspace, self.file, self.fill, self.kept, self.folder_strip, self)
        self.colour = ColourController(self.workspace, actions, self)
        self.layers = LayersController(self.workspace, self)
        self.hint = StartHint(self.canvas)
        self.hint.give_way_to(self.crop_bar)
        self.help = HelpController(self.workspace, self, self.hint, actions)
        self.keys = CanvasKeys(self, self.canvas)
        leave_focus_to(self.canvas, self)

    def _side(self) -> QWidget:
        side = QWidget(objectName="side")
        side.setFixedWidth(PANEL_WIDTH)
        inner = QWidget(objectName="panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.fill_panel = FillPanel(self.settings, self.actions_by_name["fill.run"], self.actions_by_name["fill.auto"])
        self.mask_panel = MaskPanel(self.settings, self.actions_by_name)
        for panel in (self.tool_panel, self.mask_panel, self.fill_panel):
            column.addWidget(panel)
            column.addWidget(line())
        column.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(1, 0, 0, 0)
        layout.addWidget(scroll)
        return side

    def _connect(self) -> None:
        handlers: dict[str, Callable] = {
            "file.quit": self.close,
            "view.menu": self.canvas.ask_for_menu,
            "view.navigator": lambda on: self.settings.__setitem__("view/navigator", on),
            "view.panels": lambda on: self.settings.__setitem__("view/panels", on),
            "view.fullscreen": lambda on: self.showFullScreen() if on else self.showNormal(),
        }
        self.actions_by_name["fill.run"].triggered.connect(
            lambda: self.amount.apply()
        )  # first: what is shown is filled
        menu_controllers = (
            self.view, self.file, self.edit, self.sampling, self.fill, self.frame, self.folder, self.colour,
            self.layers, self.help,
        )  # fmt: skip
        for controller in menu_controllers:
            handlers |= controller.handlers
        handlers["fill.run"] = lambda: self.objects.accept(self.fill.run)
        for name in TOOLS:
            self.actions_by_name[f"tool.{name}"].triggered.connect(self.objects.accept_shown)
        menus.connect(self.actions_by_name, handlers)
        for name in TOOLS:
            self.actions_by_name[f"tool.{name}"].triggered.connect(self.objects.taken)
        self.workspace.leaving.connect(self._keep_mask)
        self.workspace.document_changed.connect(self._document_changed)
        self.workspace.changed.connect(self._changed)
        self.workspace.renamed.connect(self._show_title)
        self.workspace.said.connect(self.banner.say)
        self.settings.changed.connect(self._setting_changed)
        self.canvas.viewed.connect(self._show_zoom)
        self.canvas.pointed.connect(self._show_pointer)
        self.canvas.edited.connect(self._stroke_ended)
        self.canvas.escaped.connect(self._escaped)
        self.fill.busy_changed.connect(lambda _: self._enable())
        self.objects.changed.connect(self._enable)
        self.colour.changed.connect(self._show_colours)
        self.fill.filled.connect(lambda: self.hint.tick(1))
        self.fill.filled.connect(self.autosave.save)
        self.canvas.compared.connect(lambda: self.hint.tick(2))
        self.status.daemon_clicked.connect(self.help.settings)
        self.fill.offline.connect(self.watcher.ask_now)
        self.watcher.state_changed.connect(self.status.show_state)
        self.welcome.open_clicked.connect(self.file.choose)
        self.welcome.recent_clicked.connect(self.file.open)
        self.file.recovered.connect(self.autosave.take_over)
        self.workspace.changed.connect(self.canvas.follow)
        self.workspace.changed.connect(self.navigator.follow)
        self.status.zoom.chosen.connect(self.canvas.zoom_to)
        self.status.zoom.stepped.connect(self.canvas.zoom_step)
        self.canvas.menu_asked.connect(self.canvas_menu.popup)
        self.file.previewed.connect(self._show_preview)
        self.file.not_loaded.connect(self._show_document)
        self.file.loading.connect(self._show_loading)
        self.recent_menu.aboutToShow.connect(self._fill_recent_menu)
        hints = QApplication.styleHints()
        assert hints is not None
        hints.colorSchemeChanged.connect(lambda _: self._restyle_soon())
        menus.set_keys(self.actions_by_name, self.settings.shortcuts())
        self.actions_by_name["fill.auto"].setChecked(self.settings["fill/auto"])
        self.navigator.set_wanted(self.settings["view/navigator"])
        for name in ("tint", "outline", "panels", "folder", "navigator"):
            self.actions_by_name[f"view.{name}"].setChecked(self.settings[f"view/{name}"])
        self.view.take("brush")

    def start(self) -> None:
        """Begin what runs beside the window; call once it is shown."""
        self.restoreGeometry(self.settings.window_state("geometry"))
        self.watcher.start()
        self.colour.start()
        if self.settings.problem:
            self.workspace.say(self.settings.problem, "warn")
        self.file.offer(self.recovery.leftovers())

    # what is shown

    def _restyle_soon(self) -> None:
        """After the event that asked for it: a list that is being closed must not be restyled under its own feet."""
        QTimer.singleShot(0, self._restyle)

    def _restyle(self) -> None:
        self.theme = theme.current(self.settings["view/theme"])
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, self.theme)
        menus.set_icons(self.actions_by_name, self.theme)
        self.canvas.backdrop.setNamedColor(self.theme.canvas)
        self.status.set_theme(self.theme)
        self.crop_bar.set_theme(self.theme)

    def _show_preview(self, preview: Preview) -> None:
        self.pages.setCurrentWidget(self.canvas)
        self.canvas.show_preview(preview.pixels, preview.width, preview.height)

    def _show_document(self) -> None:
        self.canvas.show_document(self.workspace.document)
        self.pages.setCurrentWidget(self.welcome if self.workspace.document is None else self.canvas)

    def _document_changed(self) -> None:
        document = self.workspace.document
        self.banner.hide()  # what it says is of the last picture
        self.fill.cancel()
        self._show_document()
        self.view.start()
        self.objects.taken()
        self.filmstrip.show_document(document)
        if document is None:
            self.hint.hide()
            self.welcome.show_recent(self.settings.recent)
            self.welcome.button.setFocus()
        else:
            self.canvas.setFocus()
            self.help.greet()
        self._show_side()
        self._enable()
        self._show_title()
        self._show_picture()

    def _show_side(self) -> None:
        is_open = self.workspace.document is not None
        self.side.setVisible(self.settings["view/panels"] and is_open)
        self.folder_strip.setVisible(self.settings["view/folder"] and is_open)

    def _changed(self, change: Change) -> None:
        if not change.ends_step:
            return  # in mid-stroke
        self.filmstrip.show_document(self.workspace.document)
        self._enable()
        self._show_title()
        if change.frame:
            self._show_picture()

    def _enable(self) -> None:
        document, actions = self.workspace.document, self.actions_by_name
        for name, action in actions.items():
            if menus.BY_NAME[name].needs_picture:
                action.setEnabled(document is not None)
        history = document.history if document else None
        pending = self.fill.busy or self.objects.busy
        actions["edit.undo"].setEnabled(history is not None and (pending or history.next_undo() is not None))
        actions["edit.redo"].setEnabled(history is not None and history.next_redo() is not None)
        for name in LAYER_ACTIONS:
            actions[name].setEnabled(document is not None and bool(document.fills))
        for name in RESULT_ACTIONS:
            actions[name].setEnabled(document is not None and document.last_fill >= 0)
        actions["fill.run"].setEnabled(document is not None and not self.fill.busy)
        actions["fill.cancel"].setEnabled(self.fill.busy)

    def _show_title(self) -> None:
        document = self.workspace.document
        if document is None:
            self.setWindowTitle("pconv")
            return
        self.setWindowTitle(f"{self.workspace.name}[*] – pconv")
        self.setWindowModified(document.modified)

    def _show_picture(self) -> None:
        document = self.workspace.document
        if document is None:
            self.status.picture.clear()
            self.status.zoom.show_zoom(None)
            return
        proof = f"  ·  {self.colour.words}" if self.colour.words else ""
        bits = {"uint8": "8 bit", "uint16": "16 bit"}.get(str(document.image.dtype), "32 bit")
        self.status.picture.setText(f"{document.bounds.right} × {document.bounds.bottom}  ·  {bits}{proof}")
        self.status.picture.setToolTip(self.colour.monitor_words)

    def _show_colours(self, display: Display) -> None:
        self.canvas.set_display(display)
        self.navigator.follow(Change())
        self.filmstrip.set_display(display)
        self.folder_strip.model.set_display(Display(display.monitor))
        self._show_picture()

    def _show_zoom(self) -> None:
        if self.workspace.document is not None:
            self.status.zoom.show_zoom(self.canvas.view.zoom)

    def _show_pointer(self, x: float, y: float) -> None:
        self.status.pointer.setText(f"{int(x)}, {int(y)}" if x >= 0 else "")

    def _show_loading(self, name: str) -> None:
        if name and not self.opening.waiting:
            QApplication.setOverrideCursor(Qt.CursorShape.BusyCursor)
        elif not name and self.opening.waiting:
            QApplication.restoreOverrideCursor()
        self.opening.wait_for(name)

    def _fill_recent_menu(self) -> None:
        self.recent_menu.clear()
        for path in self.settings.recent:
            action = QAction(path.name, self.recent_menu, toolTip=str(path))
            action.triggered.connect(lambda _, path=path: self.file.open(path))
            self.recent_menu.addAction(action)
        self.recent_menu.setEnabled(True)

    # what happens

    def _keep_mask(self, document: Document) -> None:
        try:
            self.kept.keep(document)
        except PconvError as error:
            self.workspace.say(error.message, "warn")

    def _escaped(self) -> None:
        if not (self.frame.leave() or self.amount.cancel()):
            self.fill.cancel()

    def _stroke_ended(self) -> None:
        if self.view.plane is not Plane.HOLE:
            return
        self.hint.tick(0)
        if self.settings["fill/auto"]:
            self.fill.run_after_stroke()

    def _setting_changed(self, key: str) -> None:
        if key == "view/theme":
            self._restyle_soon()
        elif key == "view/navigator":
            self.navigator.set_wanted(self.settings[key])
        elif key in ("view/panels", "view/folder"):
            self.actions_by_name[key.replace("/", ".")].setChecked(self.settings[key])
            self._show_side()
        elif key == "daemon/address":
            self.worker.set_address(self.settings[key] or None)
            self.status.show_state(None)
            self.watcher.set_address(self.settings[key] or None)
        elif key == "shortcuts":
            menus.set_keys(self.actions_by_name, self.settings.shortcuts())

    def dragEnterEvent(self, event) -> None:
        if _is_picture(event.mimeData()):
            event.acceptProposedAction()
            self.welcome.show_hover(True)

    def dragLeaveEvent(self, event) -> None:
        self.welcome.show_hover(False)

    def dropEvent(self, event) -> None:
        self.welcome.show_hover(False)
        if _is_picture(event.mimeData()):
            event.acceptProposedAction()
            self.file.take(event.mimeData())

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        for panel in (self.tool_panel, self.mask_panel, self.fill_panel, self.filmstrip):
            panel.set_compact(self.height() < COMPACT_BELOW)

    def changeEvent(self, event) -> None:
        if event.type() == QEvent.Type.WindowStateChange:
            self.actions_by_name["view.fullscreen"].setChecked(self.isFullScreen())
        super().changeEvent(event)

    def closeEvent(self, event) -> None:
        if not self.file.may_leave(self.close):
            event.ignore()
            return
        if self.workspace.document is not None:
            self.workspace.leaving.emit(self.workspace.document)
        self.settings.set_window_state("geometry", self.saveGeometry().data())
        self.settings.sync()
        self.shut_down()
        self.recovery.close()
        event.accept()

    def shut_down(self) -> None:
        """End what runs beside the window; what is being written is finished first."""
        self.keys.stop()
        self._show_loading("")  # nobody waits for it any more
        self.autosave.stop()
        self.folder.shut_down()
        background.finish_all()
        self.worker.stop()
        self.watcher.stop()


def _is_picture(data: QMimeData) -> bool:
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())
