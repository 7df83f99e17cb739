"""The fronts and private directories of the daemon's tests."""

from tests.daemon.conftest import directory, front, guarded, ring, start_front  # noqa: F401  fixtures
