"""Faults of forms/theme/ as pieces of our source (tests/vectors/forms/theme.faults.json)."""

from typing import Final

from tests.planting import Piece

THEME, VALUES, DOCUMENTS, CONTRAST = (
    "forms.theme.theme",
    "forms.theme.values",
    "forms.theme.documents",
    "forms.theme.contrast",
)

THEME_FAULTS: Final[dict[str, dict[str, Piece]]] = {
    "forms/theme": {
        "light is weighed without its curve": Piece(CONTRAST, "return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4", "return share**2.2"),
        "green weighs as much as red": Piece(CONTRAST, "(0.2126, 0.7152, 0.0722)", "(0.4639, 0.4639, 0.0722)"),
        "the order of two colours matters": Piece(CONTRAST, "darker, lighter = sorted((luminance(one), luminance(other)))", "darker, lighter = luminance(one), luminance(other)"),
        "a ratio is rounded up": Piece(THEME, "floor(ratio * 100) / 100", "round(ratio, 1)"),
        "dark is not judged": Piece(THEME, "for scheme in SCHEMES:\n        for put", "for scheme in SCHEMES[:1]:\n        for put"),
        "parts are not judged": Piece(THEME, "(table().parts, PART_MIN)", "({}, PART_MIN)"),
        "parts are judged as text": Piece(THEME, "(table().parts, PART_MIN)", "(table().parts, TEXT_MIN)"),
        "only colours of the theme are judged beside each other": Piece(THEME, "if not {front, back} & {*", "if not {front, back} <= {*"),
        "sunlight is not thought of": Piece(THEME, "elif least == TEXT_MIN and ratio < SUNLIGHT_MIN:", "elif False:"),
        "a colour that shines through is taken": Piece(VALUES, 'or value.get("alpha", 1) != 1 ', ""),
        "another space is taken for sRGB": Piece(VALUES, 'value.get("colorSpace") != "srgb" or ', ""),
        "a component is cut": Piece(VALUES, "int(share * 255 + 0.5)", "int(share * 255)"),
        "256 is a share of a colour": Piece(VALUES, "if max(parts) < 256 else None", "if max(parts) < 257 else None"),
        "what begins like a colour is one": Piece(VALUES, "if _LONG.fullmatch(text):", "if _LONG.match(text):"),
        "what begins like a length is one": Piece(VALUES, "(found := _LENGTH.fullmatch(value.strip()))", "(found := _LENGTH.match(value.strip()))"),
        "a rem counts as a pixel": Piece(VALUES, 'amount * (REM_PX if unit == "rem" else 1)', "amount"),
        "bounds are not looked at": Piece(THEME, "fits = found is not None and low[1] <= found[1] <= high[1]", "fits = True"),
        "the most is too much": Piece(THEME, "low[1] <= found[1] <= high[1]", "low[1] <= found[1] < high[1]"),
        "any font is taken": Piece(VALUES, "ours = {font.lower(): font for font in table.fonts}", "ours = {str(name).lower(): str(name) for name in names}"),
        "our fonts do not stand behind": Piece(THEME, '",".join((*quoted, *own))', '",".join(quoted)'),
        "references are not followed": Piece(DOCUMENTS, "value = self.tokens.get(found[1].strip(), _MISSING)", "return value"),
        "what begins with a dollar is a group": Piece(DOCUMENTS, 'if name.startswith("$") or not isinstance(node, Mapping):', "if not isinstance(node, Mapping):"),
        "a value without a dollar is none": Piece(DOCUMENTS, 'elif "value" in node and not isinstance(node["value"], Mapping):', "elif False:"),
        "sets count in the order of the file": Piece(DOCUMENTS, "named = [document.get(name) for name in order if isinstance(name, str)]", "named = [one for name, one in document.items() if name in order]"),
        "what nobody uses is refused": Piece(THEME, "                self.left_out += 1\n                continue", '                self.findings.append(finding("theme-colour", path))\n                continue'),
    },
}  # fmt: skip
