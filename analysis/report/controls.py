"""The table of planted controls in the terminal: what each verdict must be, and whether it is."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from ..controls import SETS, as_planted, controls, levels, measure

SHORT = {
    "identity": "iden-tity", "positive_affine": "aff-ine", "positive_affine_offsets": "off-sets", "shaping": "shap-ing",
    "increasing": "incr.", "non_decreasing": "non-decr.", "per_level_increasing": "ORDER", "any": "any",
    "per_level_any": "any/ level", "free": "free",
}  # fmt: skip
LEGEND = (
    "Letters: train, deploy, joint, every (Y fits, · does not). s: Y if training holds every value of deployment, else ·. "
    "?: depends on the levels.\nA blank set does not apply: the objective is not linear in the events. "
    "[green]Green[/]: as planted. [bold red]✗[/]: measured otherwise, a bug."
)


def print_controls(seed: int, count: int) -> int:
    """Measure every control on levels of one seed, print both tables, and return how many cells are not as planted.

    Args:
        seed: of the levels.
        count: training levels, and as many deployment levels.
    """
    console, wrong, cells = Console(), 0, 0
    train, deploy = levels(seed, count)
    found = {control.name: measure(control, train, deploy) for control in controls()}
    for kind, classes in SETS.items():
        title = f"Expected on {kind}"
        table = Table(title=title, title_style="bold", title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("objective")
        for name in classes:
            table.add_column(SHORT[name].replace("-", "-\n").replace("/ ", "/\n"), no_wrap=True)
        for control in controls():
            if kind not in control.expected:
                continue
            row = []
            for name in classes:
                pattern, decision = control.expected[kind][name], found[control.name][kind, name]
                cells += 1
                if as_planted(pattern, decision):
                    row.append(f"[green]{pattern}[/]")
                else:
                    wrong += 1
                    row.append(f"[bold red]✗{decision.letters}[/]")
            table.add_row(control.name, *row)
        console.print(table, "")
    console.print(LEGEND)
    told = f"{cells - wrong} of {cells} cells are as planted, on {count} training and {count} deployment levels, seed {seed}."
    console.print(told if not wrong else f"[bold red]{told}[/]")
    return wrong
