"""The byte example of docs/makers.md is what the script makes, and the product opens it (crypto/SPEC.md 8)."""

import runpy
from pathlib import Path

from crypto.attachments import open_attachment

ROOT = Path(__file__).parents[2]
EXAMPLE: dict[str, str] = runpy.run_path(str(ROOT / "docs" / "worked_attachment.py"))["main"]()
h = bytes.fromhex


def test_the_page_shows_the_bytes_that_the_script_makes() -> None:
    text = (ROOT / "docs" / "makers.md").read_text()

    assert [] == [name for name, value in EXAMPLE.items() if f"    {name:<11} {value}\n" not in text]


def test_the_product_opens_the_attachment_of_the_page() -> None:
    head, stream = h(EXAMPLE["head"]), h(EXAMPLE["head"] + EXAMPLE["segment"])
    assert b"foto" == open_attachment(h(EXAMPLE["record key"]), head[1:17], h(EXAMPLE["name"]), [stream])
