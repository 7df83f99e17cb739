"""A front in a process of its own with a stub worker, at the addresses that it is given; `kill -9` is for processes.

`--keys FOLDER`: of TCP. `--metrics`: serve them at a free port, which is written to `port` in the daemon's directory.
"""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

from daemon.front.server import Front
from daemon.front.settings import FrontSettings
from daemon.front.worker_settings import WorkerSettings
from daemon.system.directories import runtime_paths

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("listen", nargs="+")
    parser.add_argument("--keys", type=Path)
    parser.add_argument("--metrics", action="store_true")
    given = parser.parse_args()
    paths, port = runtime_paths(), None
    if given.metrics:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (paths.directory / "port").write_text(str(port))
    worker = WorkerSettings(command=(sys.executable, str(Path(__file__).with_name("stub_worker.py"))))
    listen = tuple(given.listen)
    Front(FrontSettings(paths, listen, workers=(worker,), log=paths.log, keys=given.keys, metrics_port=port)).run()
