"""`innershift controls`: the table of expected verdicts, and the status that tells whether they came out."""

from innershift.analysis import controls as planted
from innershift.analysis.report import controls as shown
from innershift.cli import main


def test_the_table_is_printed_and_everything_is_as_planted(capsys):
    assert main(["controls", "--levels", "3"]) == 0
    told = capsys.readouterr().out
    assert "141 of 141 cells are as planted" in told and "Expected on policies" in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_verdict_that_is_not_as_planted_is_shown_and_ends_with_1(capsys, monkeypatch):
    bent = planted.controls()[0]
    wrong = {kind: dict.fromkeys(expected, "Y···") for kind, expected in bent.expected.items()}
    monkeypatch.setattr(shown, "controls", lambda: (type(bent)(bent.name, bent.why, bent.weights, wrong),))
    assert main(["controls", "--levels", "2"]) == 1
    assert "✗" in capsys.readouterr().out


def test_wrong_words(capsys):
    assert main(["controls", "--levels", "1"]) == 2
    assert "--levels 1: must be at least 2" in capsys.readouterr().err
