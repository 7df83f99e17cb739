"""What keeps a fill from being made, as one sentence for the user."""

from __future__ import annotations

import traceback

from pconv_link import BridgeError
from pconv_words import _


class Refused(Exception):
    """What was asked cannot be done; the text is for the user, and nothing has been changed."""


def told(error):
    """An exception as a sentence. Of one that nobody foresaw it also prints where it came from."""
    if isinstance(error, (BridgeError, Refused)):
        return str(error)
    traceback.print_exception(type(error), error, error.__traceback__)
    return _("The plug-in failed (%s); run `pconv doctor` in a terminal, then try again.") % repr(error)
