"""The plug-in's words in the user's language, from the catalogues in `locale`.

Python's own gettext goes by the variables that GIMP sets for its plug-ins, and needs no locale of the system.
"""

from __future__ import annotations

import gettext
import os

DOMAIN = "pconv_fill"
LOCALE = "locale"  # beside the plug-in

_catalogue = gettext.translation(
    DOMAIN, os.path.join(os.path.dirname(os.path.realpath(__file__)), LOCALE), fallback=True
)


def _(text):
    """The text in the user's language."""
    return _catalogue.gettext(text)
