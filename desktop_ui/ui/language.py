"""The program's languages: Qt translation files beside the package."""

from __future__ import annotations

from importlib.resources import as_file, files

from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

LANGUAGES = ("en", "de")


def install_language(app: QCoreApplication, choice: str) -> str:
    """Translate the program, and Qt's own dialogs with it, before its first window is made.

    Args:
        choice: "system" or one of LANGUAGES.

    → the language taken; English where the system's is not there.
    """
    wanted = QLocale.system().name()[:2] if choice == "system" else choice
    if wanted not in LANGUAGES or wanted == "en":
        return "en"
    own, qt = QTranslator(app), QTranslator(app)
    with as_file(files("desktop_ui").joinpath(f"translations/pconv_{wanted}.qm")) as path:
        if not own.load(str(path)):
            return "en"
    app.installTranslator(own)
    if qt.load(f"qtbase_{wanted}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(qt)
    return wanted
