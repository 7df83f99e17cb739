"""Questions with named answers."""

from __future__ import annotations

from PyQt6.QtWidgets import QAbstractButton, QMessageBox, QPushButton, QWidget

from desktop_ui.ui.modal import freed

_ROLES = {
    "yes": QMessageBox.ButtonRole.AcceptRole,
    "other": QMessageBox.ButtonRole.ActionRole,
    "danger": QMessageBox.ButtonRole.DestructiveRole,
    "no": QMessageBox.ButtonRole.RejectRole,
}


def ask(parent: QWidget, title: str, text: str, answers: list[tuple[str, str, str]]) -> str:
    """A modal question.

    Args:
        answers: (name, words on the button, role: "yes", "other", "danger" or "no"); the first is the default.

    → the name of the answer; the one with role "no" for Esc.
    """
    with freed(QMessageBox(parent)) as box:
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle("pconv")
        box.setText(f"<b>{title}</b>")
        box.setInformativeText(text)
        buttons: dict[QAbstractButton | None, str] = {
            box.addButton(words, _ROLES[role]): name for name, words, role in answers
        }
        first = next(iter(buttons))
        assert isinstance(first, QPushButton)
        box.setDefaultButton(first)
        box.exec()
        if box.clickedButton() in buttons:
            return buttons[box.clickedButton()]
    return next(name for name, _, role in answers if role == "no")
