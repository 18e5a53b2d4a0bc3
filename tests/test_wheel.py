"""The distributions: what is in them, and that the wheel works in a new environment, away from the sources.

The new environment sees the dependencies that the wheel declares, linked from this one so that nothing is downloaded,
and nothing else: no development install of innershift, and none of the extras.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("envs", "agents", "analysis")
FACE = {"__init__.py", "__main__.py", "cli.py", "seeing.py", "py.typed"}
LITTER = ("runs/r/report.html", "shared/notes.py", "envs/scratch.txt", "analysis/data.csv", "notes.md", "x/y.py")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PYPROJECT["project"]["version"]
STEM = f"innershift-{VERSION}"


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints, in an environment without any hint at other Python code."""
    hints = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in hints}
    environment |= {"PYTHONNOUSERSITE": "1", "SDL_VIDEODRIVER": "dummy"}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def passed_over(folder: str, names: list[str]) -> set[str]:
    """What a copy of the sources leaves out: hidden files, what was built or run, environments."""
    made = {"build", "dist", "runs", "__pycache__"}
    hidden = {name for name in names if name.startswith(".") or name in made or name.endswith(".egg-info")}
    return hidden | {name for name in names if Path(folder, name, "pyvenv.cfg").exists()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the source distribution, and the wheel made from it, of a tree with litter in it."""
    tree = tmp_path_factory.mktemp("sources") / "a-clone"  # a name that is no module's, as clones have
    shutil.copytree(ROOT, tree, ignore=passed_over)
    for litter in LITTER:
        (tree / litter).parent.mkdir(parents=True, exist_ok=True)
        (tree / litter).write_text("")
    out = tmp_path_factory.mktemp("built")
    # The source distribution is made first and the wheel from it, so the wheel also shows that the former is complete.
    run(sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir", out, tree, cwd=out)
    return out


def dependencies(requirements: list[str]) -> set[str]:
    """Names of the distributions that these requirements bring here, theirs included."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        assert not requirement.extras, f"{requirement}: follow extras here too"
        found.add(name)
        waiting += map(Requirement, metadata.requires(name) or ())
    return found


@pytest.fixture(scope="module")
def home(built, tmp_path_factory):
    """A new environment with the wheel installed, and what pip put into its site-packages."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    wheel = built / f"{STEM}-py3-none-any.whl"
    interpreter = place / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", interpreter, "install", "--no-index", "--no-deps", wheel, cwd=place)
    library = Path(run(interpreter, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip())
    installed = {entry.name for entry in library.iterdir()}
    wanted = metadata.Distribution.at(library / f"{STEM}.dist-info").requires or []
    for name in dependencies(wanted):
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}:
            (library / top).symlink_to(Path(distribution.locate_file(top)).resolve())
    return place, installed


def test_every_subpackage_is_listed():
    folders = {path.parent for layer in LAYERS for path in (ROOT / layer).rglob("*.py")}
    here = {".".join(["innershift", *folder.relative_to(ROOT).parts]) for folder in folders}
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == {"innershift", *here}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def sources() -> set[str]:
    """The files that make up the package, from the root."""
    inside = {path for layer in LAYERS for path in (ROOT / layer).rglob("*.*") if path.is_file()}
    made_or_read_by_people = {".pyc", ".nbi", ".nbc", ".md"}
    return FACE | {path.relative_to(ROOT).as_posix() for path in inside if path.suffix not in made_or_read_by_people}


def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built / f"{STEM}-py3-none-any.whl") as wheel:
        names = {name for name in wheel.namelist() if not name.endswith("/")}
    described = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}
    assert names == {f"innershift/{name}" for name in sources()} | {f"{STEM}.dist-info/{name}" for name in described}


def test_the_source_distribution_holds_the_package_and_nothing_else(built):
    with tarfile.open(built / f"{STEM}.tar.gz") as archive:
        names = {member.name.removeprefix(f"{STEM}/") for member in archive.getmembers() if member.isfile()}
    described = {"PKG-INFO", "pyproject.toml", "setup.cfg", "README.md", "LICENSE", "MANIFEST.in"}
    names = {name for name in names if not name.startswith("innershift.egg-info/")} - described
    if not (ROOT / "MANIFEST.in").exists():  # setuptools adds these by itself; only `prune tests` there keeps them out
        names = {name for name in names if not name.startswith("tests/test_")}
    assert names == sources()


def test_installing_puts_one_name_at_the_top(home):
    _, installed = home
    assert installed == {"innershift", f"{STEM}.dist-info"}


def test_the_installed_package_is_the_wheel_and_the_base_is_enough(home, tmp_path):
    place, _ = home
    code = "import innershift; print(innershift.__file__)"
    assert Path(run(place / "bin" / "python", "-c", code, cwd=tmp_path).strip()).is_relative_to(place)
    code = "from importlib.util import find_spec; print(*map(find_spec, ['torch', 'stable_baselines3', 'pytest']))"
    assert set(run(place / "bin" / "python", "-c", code, cwd=tmp_path).split()) == {"None"}


def test_the_installed_command_answers(home, tmp_path):
    place, _ = home
    said = run(place / "bin" / "innershift", "--version", cwd=tmp_path)
    assert VERSION in said
    assert run(place / "bin" / "python", "-m", "innershift", "--version", cwd=tmp_path) == said
    worlds = run(place / "bin" / "innershift", "worlds", cwd=tmp_path)
    assert all(world in worlds for world in ("CheeseCorner", "Doors", "Keys", "Lever"))


def test_a_world_runs_from_the_wheel(home, tmp_path):
    place, _ = home
    code = """if True:
        import gymnasium
        env = gymnasium.make("innershift:Keys-v0")
        env.reset(seed=0)
        observation, reward, terminated, truncated, info = env.step(4)
        assert env.observation_space.contains(observation)
        print(reward, terminated, truncated)"""
    assert run(place / "bin" / "python", "-c", code, cwd=tmp_path).split() == ["0.0", "False", "False"]
