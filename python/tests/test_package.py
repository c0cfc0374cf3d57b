"""The package: that it installs without a network, and is Python 3.9 throughout."""

from __future__ import annotations

import ast
import compileall
import importlib.util
import inspect
import re
import subprocess
import sys
import tarfile
import unittest
import zipfile
from typing import Any

from support import ROOT, SOURCE, Case

import daybook

PROJECT = ROOT / "python"
PATHS = sorted(path for folder in ("src", "tests", "bench", "build_backend") for path in (PROJECT / folder).rglob("*.py"))


def backend() -> Any:
    spec = importlib.util.spec_from_file_location("daybook_build", PROJECT / "build_backend" / "daybook_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Sources(Case):
    def test_the_syntax_is_that_of_python_3_9(self) -> None:
        self.assertGreater(len(PATHS), 30)
        for path in PATHS:
            ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9))

    def test_annotations_are_read_late(self) -> None:
        """Else `X | None` and the like would be run by Python 3.9, which does not know them."""
        for path in PATHS:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(isinstance(node, (ast.AnnAssign, ast.arg)) and node.annotation is not None for node in ast.walk(tree)):
                self.assertIn("from __future__ import annotations", path.read_text(encoding="utf-8"), path)

    def test_the_standard_library_alone(self) -> None:
        """What stands under TYPE_CHECKING is for type checkers, which bring it."""
        newer, optional = {"tomllib"}, {"_interpreters", "_xxsubinterpreters", "typing_extensions"}
        known = set(getattr(sys, "stdlib_module_names", ()))
        for path in SOURCE.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                for name in names:
                    self.assertNotIn(name, newer, path)
                    if known:
                        self.assertIn(name.partition(".")[0], known | optional, path)

    def test_everything_compiles(self) -> None:
        copy = self.folder / "copy"
        for path in SOURCE.rglob("*.py"):
            to = copy / path.relative_to(SOURCE)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
        self.assertTrue(compileall.compile_dir(copy, quiet=1))

    def test_what_is_public_says_what_it_is(self) -> None:
        for name in daybook.__all__:
            value = getattr(daybook, name)
            self.assertTrue(inspect.getdoc(value), name)
            if inspect.isfunction(value):
                self.assertIn("return", value.__annotations__, name)
            for member, function in vars(value).items() if inspect.isclass(value) else ():
                if inspect.isfunction(function) and not member.startswith("_"):
                    self.assertTrue(inspect.getdoc(getattr(value, member)), f"{name}.{member}")
                    self.assertIn("return", function.__annotations__, f"{name}.{member}")

    def test_it_never_prints(self) -> None:
        for path in SOURCE.rglob("*.py"):
            if path.name != "__main__.py":
                self.assertNotRegex(path.read_text(encoding="utf-8"), r"(?m)^\s*print\(", path.name)


class Built(Case):
    def test_wheel(self) -> None:
        name = backend().build_wheel(str(self.folder))
        self.assertEqual(name, f"daybook-{daybook.__version__}-py3-none-any.whl")
        with zipfile.ZipFile(self.folder / name) as wheel:
            names = set(wheel.namelist())
            record = wheel.read(f"daybook-{daybook.__version__}.dist-info/RECORD").decode()
            about = wheel.read(f"daybook-{daybook.__version__}.dist-info/METADATA").decode()
        self.assertEqual({line.split(",")[0] for line in record.splitlines()}, names)
        for path in SOURCE.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                self.assertIn(path.relative_to(SOURCE).as_posix(), names)
        self.assertIn("daybook/py.typed", names)
        self.assertIn("\nRequires-Python: >=3.9\n", about)
        self.assertNotIn("Requires-Dist", about)

    def test_the_same_sources_give_the_same_wheel(self) -> None:
        wheels = []
        for folder in ("a", "b"):
            (self.folder / folder).mkdir()
            wheels.append((self.folder / folder / backend().build_wheel(str(self.folder / folder))).read_bytes())
        self.assertEqual(*wheels)

    def test_sdist_builds_again(self) -> None:
        name = backend().build_sdist(str(self.folder))
        with tarfile.open(self.folder / name) as archive:
            names = {member.name.partition("/")[2] for member in archive.getmembers()}
        self.assertLessEqual({"PKG-INFO", "pyproject.toml", "README.md", "build_backend/daybook_build.py", "src/daybook/__init__.py"}, names)

    def test_pip_installs_it_offline(self) -> None:
        if importlib.util.find_spec("pip") is None:
            self.skipTest("pip is not installed")
        target = self.folder / "site"
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", "--target", str(target), str(PROJECT)],
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        code = "import sys; sys.path.insert(0, sys.argv[1]); import daybook; print(daybook.__file__)"
        self.assertEqual(self.run_program(code, target).strip(), str(target / "daybook" / "__init__.py"))

    def test_editable(self) -> None:
        with zipfile.ZipFile(self.folder / backend().build_editable(str(self.folder))) as wheel:
            self.assertEqual(wheel.read("__editable__daybook.pth").decode().strip(), str(SOURCE))

    def test_one_version(self) -> None:
        found = re.search(r'^version = "(.*)"$', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE)
        assert found is not None
        self.assertEqual(found[1], daybook.__version__)


if __name__ == "__main__":
    unittest.main()
