"""Result: one line of the table, with the numbers behind it."""
import dataclasses

from runner.bench import median

RATIO = "ratio"  # ours / other: larger is better, so the target is a lower bound
AT_MOST = "at most"  # ours against a limit in the same unit: smaller is better


@dataclasses.dataclass
class Result:
    row: str
    quantity: str
    unit: str
    ours: list  # a number a turn
    against: str = ""
    other: list = dataclasses.field(default_factory=list)
    kind: str = RATIO
    target: float = None  # None: reported, without a target
    facts: dict = dataclasses.field(default_factory=dict)
    failure: str = ""

    def ratios(self):
        pairs = list(zip(self.ours, self.other))
        return [a / b for a, b in pairs if b]

    def ratio(self):
        if self.kind == AT_MOST and not self.other:
            return median(self.ours) / self.target if self.target else None
        return median(self.ours) / median(self.other) if self.other else None

    def spread(self):
        """The smallest and the largest turn's ratio, or of ours alone where there is no other side."""
        values = self.ratios() or self.ours
        return (min(values), max(values)) if values else None

    def met(self):
        """True, False or None where there is no target."""
        if self.failure:
            return False
        if self.limit() is None:
            return None
        return median(self.ours) <= self.limit() if self.kind == AT_MOST else self.ratio() >= self.target

    def limit(self):
        """What decides: the other side's median where ours must stay below it, else the target."""
        return median(self.other) if self.kind == AT_MOST and self.other else self.target

    def as_json(self):
        entry = {"row": self.row, "quantity": self.quantity, "unit": self.unit, "against": self.against, "kind": self.kind,
                 "target": self.target}
        if self.failure:
            return {**entry, "failure": self.failure}
        spread = self.spread()
        return {**entry, "ours": median(self.ours), "other": median(self.other) if self.other else None, "ratio": self.ratio(),
                "spread": list(spread) if spread else None, "met": self.met(), "turns": {"ours": self.ours, "other": self.other},
                "facts": self.facts}


def failed(row, quantity, reason):
    return Result(row, quantity, "", [], failure=reason)


def number(value):
    if value is None:
        return "–"
    magnitude = abs(value)
    if magnitude >= 1e6:
        return f"{value / 1e6:.2f}M"
    if magnitude >= 1e4:
        return f"{value / 1e3:.1f}k"
    return f"{value:.0f}" if magnitude >= 1000 else f"{value:.3g}"


HEAD = ("row", "quantity", "ours", "other side", "ratio", "target", "", "spread", "against")


def table(results):
    """The table as text, one line a result."""
    lines = [HEAD]
    for result in results:
        if result.failure:
            lines.append((result.row, result.quantity, "–", "–", "–", "–", "FAILED", "–", result.failure))
            continue
        spread = result.spread()
        sign = "≤" if result.kind == AT_MOST else "≥"
        target = "–" if result.limit() is None else f"{sign} {number(result.limit())}"
        met = {True: "met", False: "MISSED", None: "–"}[result.met()]
        lines.append((result.row, result.quantity, f"{number(median(result.ours))} {result.unit}",
                      number(median(result.other)) if result.other else "–", number(result.ratio()), target, met,
                      f"{number(spread[0])}…{number(spread[1])}", result.against))
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
