"""Copy the files that the pages load out of the installed browser libraries.

Which they are stands in package.json under "vendor": the served name, and the file it is.
"""

import json
import shutil
import sys
from pathlib import Path


def copy_vendored(package: Path, modules: Path, destination: Path) -> None:
    shutil.rmtree(destination, ignore_errors=True)
    for name, source in json.loads(package.read_text())["vendor"].items():
        served = destination / name
        served.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, served)


if __name__ == "__main__":
    copy_vendored(*map(Path, sys.argv[1:]))
