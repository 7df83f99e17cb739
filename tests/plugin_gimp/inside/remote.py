"""Run inside GIMP: takes pieces of Python from PLACE/jobs, runs each as a function, leaves its value as JSON."""

import glob
import json
import os
import textwrap
import time
import traceback
from pathlib import Path

JOBS = PLACE + "/jobs"  # noqa: F821 - a variable of whoever runs this
ANSWERS = PLACE + "/answers"  # noqa: F821

exec(compile(Path("/share/inside/tools.py").read_text(), "tools.py", "exec"))
Path(ANSWERS, "ready").touch()
while not os.path.exists(JOBS + "/quit"):
    for path in sorted(glob.glob(JOBS + "/*.py")):
        source = "def job():\n" + textwrap.indent(Path(path).read_text(), "    ")
        os.unlink(path)
        try:
            exec(compile(source, path, "exec"), globals())
            answer = {"value": globals()["job"]()}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        draft = ANSWERS + "/draft"
        with open(draft, "w") as file:
            json.dump(answer, file)
        os.rename(draft, ANSWERS + "/" + os.path.basename(path))
    time.sleep(0.02)
