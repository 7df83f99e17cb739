"""Colours and style of the whole program, dark and light, following the system or chosen."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication, QWidget


@dataclass(frozen=True)
class Theme:
    window: str
    panel: str
    field: str
    line: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    canvas: str
    good: str
    warn: str
    bad: str


DARK = Theme(
    "#1e1f22", "#26272b", "#313338", "#3a3c42", "#e6e7ea", "#9a9da6",
    "#4f8cff", "#6a9eff", "#ffffff", "#17181a", "#3ecf8e", "#f5b544", "#ff6b6b",
)  # fmt: skip
LIGHT = Theme(
    "#f3f4f6", "#ffffff", "#eceef1", "#d7dae0", "#1d1f24", "#646a76",
    "#2563eb", "#3b76f0", "#ffffff", "#dcdee2", "#128a57", "#a86200", "#c62f3b",
)  # fmt: skip

_STYLE = """
QWidget {{ font-size: 13px; }}
QMainWindow, QDialog, QMessageBox {{ background: {window}; }}
QMenuBar {{ background: {window}; padding: 2px 6px; }}
QMenuBar::item {{ padding: 5px 9px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected {{ background: {field}; }}
QMenu {{ background: {panel}; border: 1px solid {line}; padding: 5px; border-radius: 8px; }}
QMenu::item {{ padding: 6px 26px 6px 26px; border-radius: 5px; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {muted}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 5px 8px; }}
QMenu::icon {{ padding-left: 6px; }}
QToolBar {{ background: {panel}; border: none; spacing: 3px; padding: 5px; }}
QToolBar#main {{ border-bottom: 1px solid {line}; }}
QToolBar#tools {{ border-right: 1px solid {line}; }}
QToolBar::separator {{ background: {line}; width: 1px; height: 1px; margin: 5px; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 7px; padding: 6px; }}
QToolButton:hover {{ background: {field}; }}
QToolButton:checked {{ background: {accent}; color: {on_accent}; }}
QToolButton:focus {{ border: 1px solid {accent}; }}
QPushButton {{ background: {field}; border: 1px solid {line}; border-radius: 7px; padding: 6px 14px;
    min-height: 18px; }}
QPushButton:hover {{ border-color: {muted}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {muted}; }}
QPushButton#primary {{ background: {accent}; color: {on_accent}; border: 1px solid {accent}; font-weight: 600; }}
QPushButton#primary:hover {{ background: {accent_hover}; }}
QPushButton#primary:focus {{ border: 1px solid {text}; }}
QPushButton#primary:disabled {{ background: {field}; color: {muted}; border-color: {line}; }}
QPushButton#segment:checked {{ background: {accent}; color: {on_accent}; border-color: {accent}; }}
QPushButton#segment:checked:focus {{ border: 1px solid {text}; }}
QPushButton::menu-indicator {{ image: url({chevron}); width: 10px; height: 10px; right: 6px;
    subcontrol-position: right center; subcontrol-origin: padding; }}
QPushButton#link {{ background: transparent; border: none; color: {accent}; padding: 2px 4px; text-align: left; }}
QPushButton#link:hover, QPushButton#link:focus {{ text-decoration: underline; }}
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QKeySequenceEdit QLineEdit, QPlainTextEdit {{
    background: {field}; border: 1px solid {line}; border-radius: 6px; padding: 4px 7px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {accent}; }}
QSpinBox#value {{ background: transparent; border: 1px solid transparent; padding: 1px 2px; }}
QSpinBox#value:hover, QSpinBox#value:focus {{ background: {field}; border-color: {line}; }}
QSlider::groove:horizontal {{ height: 4px; background: {line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {on_accent};
    border: 1px solid {muted}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {accent}; }}
QSlider::sub-page:horizontal:disabled {{ background: {line}; }}
QScrollArea {{ border: none; background: {panel}; }}
QWidget#panel {{ background: {panel}; }}
QWidget#side {{ background: {panel}; border-left: 1px solid {line}; }}
QLabel#heading {{ font-weight: 600; font-size: 12px; color: {muted}; }}
QLabel#muted {{ color: {muted}; }}
QLabel#title {{ font-size: 26px; font-weight: 600; }}
QLabel#keycap {{ background: {field}; border: 1px solid {line}; border-radius: 5px; padding: 2px 7px; color: {text}; }}
QFrame#line {{ background: {line}; max-height: 1px; min-height: 1px; border: none; }}
QFrame#card, QFrame#pill, QFrame#banner {{ background: {panel}; border: 1px solid {line}; border-radius: 12px; }}
QFrame#edge {{ border: none; border-radius: 2px; }}
QFrame#edge[level="bad"] {{ background: {bad}; }}
QFrame#edge[level="warn"] {{ background: {warn}; }}
QFrame#edge[level="info"] {{ background: {accent}; }}
QFrame#drop {{ background: {panel}; border: 2px dashed {line}; border-radius: 16px; }}
QFrame#drop[hover="true"] {{ border-color: {accent}; }}
QProgressBar {{ background: {field}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QListWidget, QTableView, QListView {{ background: {panel}; border: 1px solid {line}; border-radius: 8px;
    outline: none; }}
QListWidget::item, QListView::item {{ padding: 5px; border-radius: 6px; }}
QListWidget::item:selected, QListView::item:selected {{ background: {accent}; color: {on_accent}; }}
QFrame#filmstrip {{ background: {panel}; border: none; border-top: 1px solid {line}; }}
QFrame#filmstrip QToolButton {{ background: {field}; border: 1px solid {line}; padding: 5px 10px; }}
QFrame#filmstrip QToolButton:hover {{ border-color: {muted}; }}
QFrame#filmstrip QToolButton:focus {{ border-color: {accent}; }}
QFrame#filmstrip QToolButton:disabled {{ color: {muted}; }}
QFrame#folder {{ background: {panel}; border: none; border-right: 1px solid {line}; }}
QListView#strip, QListWidget#strip {{ border: none; background: transparent; font-size: 12px; }}
QListWidget#strip::item {{ border: 2px solid transparent; border-radius: 8px; padding: 2px; color: {muted}; }}
QListWidget#strip::item:hover {{ border-color: {line}; }}
QListWidget#strip::item:selected {{ background: {field}; color: {text}; border-color: {accent}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QListWidget#plain {{ border: none; background: transparent; }}
QTableView {{ gridline-color: {line}; }}
QHeaderView::section {{ background: {panel}; border: none; border-bottom: 1px solid {line}; padding: 6px;
    color: {muted}; }}
QStatusBar {{ background: {panel}; border-top: 1px solid {line}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {muted}; padding: 2px 8px; }}
QStatusBar QToolButton {{ padding: 2px 8px; color: {muted}; border-radius: 5px; }}
QToolTip {{ background: {panel}; color: {text}; border: 1px solid {line}; padding: 5px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 3px; min-height: 24px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle:horizontal {{ background: {line}; border-radius: 3px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QComboBox {{ padding-right: 26px; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url({chevron}); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {panel}; border: 1px solid {line}; border-radius: 0; padding: 4px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QCheckBox {{ spacing: 8px; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {muted}; border-radius: 4px;
    background: {field}; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; image: url({tick}); }}
"""


def polish(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again."""
    style = widget.style()
    assert style is not None
    style.polish(widget)


def current(choice: str) -> Theme:
    """Find the theme of a choice.

    Args:
        choice: "system", "dark" or "light".
    """
    if choice == "dark":
        return DARK
    if choice == "light":
        return LIGHT
    hints = QApplication.styleHints()
    scheme = Qt.ColorScheme.Unknown if hints is None else hints.colorScheme()
    return LIGHT if scheme == Qt.ColorScheme.Light else DARK


def start(app: QApplication) -> None:
    """Take the style that both themes are drawn in: once, before the first widget.

    A later `setStyle` deletes the style that widgets in the middle of an event still draw with.
    """
    app.setStyle("Fusion")


def apply(app: QApplication, theme: Theme) -> None:
    """Colour everything that is shown, and what will be."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.field,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.field,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.ToolTipBase: theme.panel,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Link: theme.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    app.setPalette(palette)
    name = "dark" if theme is DARK else "light"
    drawings = {"chevron": _drawing(f"chevron-{name}.svg"), "tick": _drawing("tick.svg")}
    app.setStyleSheet(_STYLE.format(**vars(theme), **drawings))


def _drawing(name: str) -> str:
    """A file's path as style sheets take it."""
    return Path(str(files("desktop_ui").joinpath(f"resources/{name}"))).as_posix()
