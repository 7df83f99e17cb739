"""Dialogs: settings, shortcuts, search, export, about, recovery, crash report."""
