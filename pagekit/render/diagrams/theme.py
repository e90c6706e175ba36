"""The look of every diagram: few fixed colours, so that CSS can give each a dark twin.

The dark twins live in ``docs/assets/css/diagrams.css``; a test holds the two together.
"""

from typing import Any

INK = "#1c2530"  # text; drawn as currentColor
LINE = "#5c6877"  # arrows and life lines
PAPER = "#fefefe"  # behind a label that lies on a line
GROUP = "#f5f7f9"  # subgraphs, bands
GROUP_EDGE = "#c2cad5"  # their border, grid lines
FILLS = {"plain": "#e9f0fa", "accent": "#fcf0da", "good": "#e2f3ea", "other": "#f1eafa"}
EDGES = {"plain": "#3a6ea5", "accent": "#a8701a", "good": "#2c7d55", "other": "#7650ad"}

COLOURS = frozenset({INK, LINE, PAPER, GROUP, GROUP_EDGE, *FILLS.values(), *EDGES.values()})
"""Every colour that a diagram may use. Nodes get the last three pairs by ``:::accent`` etc."""

# Mermaid draws these whatever the theme says, mostly under a rule of its own stylesheet.
FIXED = {
    "#000": INK,
    "#000000": INK,
    "#333": INK,
    "#333333": INK,
    "#666": LINE,
    "#666666": LINE,
    "#999": LINE,
    "#999999": LINE,
    "#eaeaea": FILLS["plain"],
    "#edf2ae": FILLS["accent"],
    "#fff": PAPER,
    "#ffffff": PAPER,
    "black": INK,
    "white": PAPER,
    "grey": LINE,
    "gray": LINE,
    "lightgrey": GROUP_EDGE,
    "lightgray": GROUP_EDGE,
}


def _variables() -> dict[str, str | bool]:
    """Mermaid's theme variables for theme ``base``; each that is left out is derived by shading."""
    plain, accent, good, other = FILLS.values()
    plain_edge, accent_edge, good_edge, other_edge = EDGES.values()
    values: dict[str, str | bool] = {
        "darkMode": False,
        "fontFamily": "inherit",
        "fontSize": "15px",
    }
    by_colour = {
        INK: "primaryTextColor secondaryTextColor tertiaryTextColor textColor nodeTextColor "
        "titleColor noteTextColor actorTextColor signalTextColor labelTextColor loopTextColor "
        "taskTextColor taskTextLightColor taskTextDarkColor taskTextOutsideColor "
        "taskTextClickableColor classText",
        LINE: "lineColor defaultLinkColor arrowheadColor actorLineColor signalColor",
        PAPER: "background edgeLabelBackground altSectionBkgColor sequenceNumberColor",
        GROUP: "tertiaryColor clusterBkg labelBoxBkgColor sectionBkgColor sectionBkgColor2 "
        "excludeBkgColor",
        GROUP_EDGE: "tertiaryBorderColor clusterBorder labelBoxBorderColor gridColor",
        plain: "primaryColor mainBkg actorBkg taskBkgColor",
        plain_edge: "primaryBorderColor nodeBorder actorBorder taskBorderColor",
        accent: "secondaryColor noteBkgColor activeTaskBkgColor",
        accent_edge: "secondaryBorderColor noteBorderColor activeTaskBorderColor todayLineColor "
        "vertLineColor",
        good: "doneTaskBkgColor",
        good_edge: "doneTaskBorderColor",
        other: "critBkgColor activationBkgColor",
        other_edge: "critBorderColor activationBorderColor",
    }
    for colour, names in by_colour.items():
        values |= dict.fromkeys(names.split(), colour)
    for index in range(12):  # the branches of a mind map, the sections of a timeline
        values[f"cScale{index}"] = list(FILLS.values())[index % 4]
        values[f"cScalePeer{index}"] = list(EDGES.values())[index % 4]
        values[f"cScaleInv{index}"] = list(EDGES.values())[index % 4]
        values[f"cScaleLabel{index}"] = INK
    return values


CONFIG: dict[str, Any] = {
    "theme": "base",
    "themeVariables": _variables(),
    "fontFamily": "inherit",
    "securityLevel": "strict",
    # SVG text, not HTML in foreignObject: it is laid out once, here, so no browser wraps it
    # differently, and print and Safari keep it.
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False, "nodeSpacing": 40, "rankSpacing": 40},
    # Sized for a column of text: mermaid's own gantt and timeline are drawn for a whole screen.
    "gantt": {
        "useWidth": 720,
        "fontSize": 14,
        "sectionFontSize": 14,
        "barHeight": 26,
        "barGap": 6,
        "leftPadding": 130,
        "rightPadding": 24,
        "topPadding": 54,
    },
    "timeline": {"leftMargin": 20},
}
