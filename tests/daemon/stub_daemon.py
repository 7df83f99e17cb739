"""A front in a process of its own with a stub worker, at the address that it is given; `kill -9` is for processes."""

from __future__ import annotations

import sys
from pathlib import Path

from daemon.front.server import Front
from daemon.front.settings import FrontSettings
from daemon.front.worker_settings import WorkerSettings
from daemon.system.directories import runtime_paths

if __name__ == "__main__":
    paths = runtime_paths()
    worker = WorkerSettings(command=(sys.executable, str(Path(__file__).with_name("stub_worker.py"))))
    Front(FrontSettings(paths, (sys.argv[1],), workers=(worker,), log=paths.log)).run()
