"""The page of a small run: what it must say, what it must not, and that the same files give the same bytes."""

import re

import pytest
from innershift.analysis.bench import Settings, run
from innershift.analysis.report import write_page
from innershift.analysis.report.drawing import lettered, walk
from innershift.analysis.store import read_levels, read_results
from innershift.envs.worlds import world_named


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("run")
    worlds = ("CheeseCorner:size=5", "Doors:mode=command,size=5")
    list(run(Settings(worlds=worlds, train_levels=6, deploy_levels=6, seeds=2), place))
    write_page(place)
    return place


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


def agent(page, name):
    """The part of the page about the first agent of a name."""
    start = page.index(f'<span class="name">{name}</span>')
    return page[start : page.index('<details class="agent"', start)]


def test_the_same_files_give_the_same_page(folder, page):
    assert write_page(folder).read_text(encoding="utf-8") == page


def test_a_pair_of_pictures_opens_the_page(page):
    opening = page[page.index('<div class="opening">') : page.index('<p class="caution">')]
    assert opening.count("<img") == 2 and "training: " in opening and "deployment: " in opening


def test_columns_are_explained_before_the_first_table(page):
    assert 0 < page.index("Reading the columns") < page.index('<table class="verdicts">')
    assert page.count("Reading the columns") == 1
    explained = ("two letters, joint and every, are hatched", "<b>▲</b> marks", "drawn <b>solid</b>", "worst <em>policy</em>")
    assert all(words in page for words in explained)


def test_one_name_for_each_thing(page):
    told = re.sub(r'<details class="ledger">.*?</details>', " ", page, flags=re.DOTALL)  # assumptions have words of their own
    text = re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", told, flags=re.DOTALL)
    assert not re.search(r"\blaws?\b", text) and "agent’s objective" not in text and "likes" not in text
    assert text.count("mesa-objective") == 1 and "square → circle → triangle → square" in text


def test_pairs_that_refute_choice_stand_once_with_several_badges(page):
    part = agent(page, "proxy: corner")
    first = part[part.index("<h4>") : part.index("</h4>")]
    assert [f"✗ {label}" in first for label in ("CHOICE", "positive affine", "increasing", "ORDER per level")] == [True] * 4


def test_an_agent_refuted_like_another_refers_to_it(page):
    assert 'The same counterexample as that of <a href="#' in agent(page, "corrigible, pseudo")
    for target in re.findall(r'as that of <a href="#([^"]+)"', page):
        assert f'<article class="exhibit" id="{target}">' in page


def test_controls_are_told_truly(page):
    shuffled, irrational = agent(page, "control: shuffled map"), agent(page, "irrational: argmin −u")
    assert "credited&nbsp;<i>ĝ</i>" in shuffled and "was shuffled" in shuffled and "Its objective scores" not in shuffled
    assert "so what it does is B" in irrational and "(what the agent does)" in irrational


def test_every_agent_with_an_objective_has_its_points(page, folder):
    with_points = {(row.world, row.agent) for row in read_results(folder) if row.points}
    assert page.count('<svg class="scatter"') == len(with_points)


def test_the_way_that_is_taken_is_drawn_solid(folder):
    row = next(row for row in read_results(folder) if row.agent == "proxy: corner" and row.column == "choice" and row.witness)
    levels = {level.id: level for level in read_levels(folder)}
    seen = levels[row.witness[0].level]
    level = world_named(seen.world).parse(seen.drawing)
    ways = [(letter, walk(level, w.actions).cells) for letter, w in zip("AB", row.witness, strict=True)]
    plain, marked = lettered(level, ways, 32), lettered(level, ways, 32, own="A")
    assert row.witness[0].taken and (plain != marked).any()
    alone = [way for way in ways if way[0] == "A"]
    assert (lettered(level, alone, 32) == lettered(level, alone, 32, own="A")).all()
