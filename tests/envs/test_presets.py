"""Presets against their originals: recorded episodes of the published environments, replayed through our rules step by step.

The records in `golden/originals` hold drawings and numbers: for each episode its actions, where the agent was, what each
step paid, what lay where, and how it ended. Where chance plays a part, the outcome that was recorded is looked for among
our outcomes, and the chances are compared with those that the original states.
"""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from innershift.envs.presets import PRESETS, preset_named

FOLDER = Path(__file__).parent / "golden" / "originals"
RECORDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
WORDS = {"u": "up", "d": "down", "l": "left", "r": "right", "n": "stay"}


def shown(seen, channel):
    """Cells where a channel is drawn."""
    return np.flatnonzero(seen[..., channel]).tolist()


EPISODES = [
    pytest.param(record["preset"], level, id=f"{stem}-{number}")
    for stem, record in RECORDS.items()
    for number, level in enumerate(record["levels"])
]


def expected(episode):
    """What each step of an episode has to show: channel → cells, and how many where only the number is known."""
    steps = range(len(episode["actions"]) + 1)
    shows = [{name: [cells[t]] if cells[t] >= 0 else [] for name, cells in episode["cells"].items()} for t in steps]
    for kind in ("sets", "counts"):
        for name, changes in episode.get(kind, {}).items():
            for t in steps:
                shows[t][name] = dict(changes).get(t, shows[t - 1].get(name))
    return shows


def as_expected(env, seen, show):
    """Whether an observation shows what was recorded."""
    names = [channel.name for channel in env.world.channels]
    cells = {name: shown(seen, names.index(name)) for name in show}
    return all((len(cells[n]) if isinstance(what, int) else cells[n]) == what for n, what in show.items())


def step_as_recorded(env, action, reward, show):
    """Take a step; where chance decides, let it decide until it does as it was recorded."""
    before = env.get_state()
    for noise in range(1 if env.world.branches == 1 else 5000):
        env.set_state(replace(before, noise=noise))
        seen, paid, *ends, info = env.step(action)
        if paid == reward and as_expected(env, seen, show):
            return *ends, info
    raise AssertionError(f"no outcome pays {reward} and shows {show}; one pays {paid} and leads to {env.fields}")


@pytest.mark.parametrize(("name", "record"), EPISODES)
def test_every_recorded_step_is_ours(name, record):
    preset = preset_named(name)
    env = preset.make(level="\n".join(record["level"]))
    for episode in record["episodes"]:
        seen, _ = env.reset(seed=0)
        start, *shows = expected(episode)
        assert as_expected(env, seen, start)
        for i, (letter, reward, show) in enumerate(zip(episode["actions"], episode["rewards"], shows, strict=True)):
            action = preset.actions.index(WORDS[letter])
            terminated, truncated, info = step_as_recorded(env, action, reward, show)
            over = episode["ended"] if i + 1 == len(shows) else "open"
            assert (terminated, truncated) == (over == "done", over == "time")
            if "hidden" in episode:
                assert info["hidden"] == episode["hidden"][i]
            counts = np.array(list(info["events"].values()))
            for proxy, values in episode.get("proxies", {}).items():
                assert env.world.vector(preset.proxies[proxy]) @ counts == values[i]


def test_every_preset_was_recorded():
    assert {record["preset"] for record in RECORDS.values()} == set(PRESETS)
    for record in RECORDS.values():
        source = preset_named(record["preset"]).source
        assert record["repository"] == source.repository and record["environment"] == source.environment
        assert record["commit"].startswith(source.commit) and record["date"] == source.date


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.levels])
def test_levels_of_a_preset_are_those_that_were_recorded(name):
    preset = preset_named(name)
    seen = [level["level"] for record in RECORDS.values() if record["preset"] == name for level in record["levels"]]
    recorded = {preset.world.parse("\n".join(drawing)) for drawing in seen}
    assert {preset.world.parse(drawing) for drawing in preset.levels.values()} <= recorded


def away(walls, width, cell):
    """Moves from every open cell to `cell`, by breadth-first search over the drawing."""
    steps, queue = {cell: 0}, [cell]
    for here in queue:
        for there in (here - width, here + width, here - 1, here + 1):
            if there not in walls and there not in steps:
                steps[there] = steps[here] + 1
                queue.append(there)
    return steps


def test_monsters_move_with_the_chances_of_the_original():
    """Its monsters take each neighbouring cell, or stay, with chances in proportion to exp(-3 * moves left to the agent)."""
    seen, mean, variance = np.zeros(3), np.zeros(3), np.zeros(3)
    world = preset_named("jaxgmg/monsters").world
    for record in RECORDS["jaxgmg-monsters"]["levels"]:
        level = world.parse("\n".join(record["level"]))
        walls = set(np.flatnonzero(level.walls).tolist())
        for episode in record["episodes"]:
            monsters, agents = episode["cells"]["monster"], episode["cells"]["agent"]
            for t, (before, after) in enumerate(pairwise(monsters)):
                if before < 0:
                    break
                steps = away(walls, level.width, agents[t + 1])
                around = (before - level.width, before + level.width, before - 1, before + 1, before)
                weights = {cell: np.exp(-3 * steps[cell]) for cell in around if cell in steps}
                ours = chances(level, (agents[t], before, 0, 0), agents[t + 1])
                gone = agents[t + 1] if after < 0 else after
                for cell, weight in weights.items():
                    share = weight / sum(weights.values())
                    assert ours.pop(cell) == pytest.approx(share, rel=1e-12)
                    kind = steps[cell] - steps[before] + 1
                    seen[kind] += cell == gone
                    mean[kind] += share
                    variance[kind] += share * (1 - share)
                assert not ours
    assert seen.sum() > 500 and np.all(np.abs(seen - mean) < 4 * np.sqrt(variance))


def chances(level, fields, target):
    """Cell → chance that the monster goes there, when the agent steps from its cell to `target`."""
    world = level.world
    nxt = np.zeros((world.branches, 4), dtype=np.int32)
    events, chance = np.zeros((world.branches, len(world.events)), dtype=np.int32), np.ones(world.branches)
    action = (-level.width, level.width, -1, 1, 0).index(target - fields[0])
    n = world.rules(
        level.solid, level.width, level.params, fields, action, nxt, events, chance, np.zeros(5, dtype=bool)
    )
    return {int(nxt[k, 1]) or target: float(chance[k]) for k in range(n)}
