"""A virtual environment with fatjit in it, as `pip install` puts it there."""

import pathlib
import shutil
import subprocess
import sys

import fatjit

ROOT = pathlib.Path(__file__).resolve().parent.parent


def make(folder):
    """Makes it in an empty folder, of this interpreter and the package that it imports; its `python`."""
    folder = pathlib.Path(folder).resolve()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    shutil.copytree(pathlib.Path(fatjit.__file__).parent, packages / "fatjit")
    shutil.copy(ROOT / "cpython" / "data" / "platlib" / "fatjit.pth", packages)
    return folder / "bin" / "python"
