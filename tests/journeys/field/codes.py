"""QR codes as a phone meets them: a picture of one, and a camera that looks at one."""

from pathlib import Path
from typing import Final

import segno

WIDTH: Final = 1280
HEIGHT: Final = 720
BORDER: Final = 4


def picture(text: str, path: Path) -> Path:
    """Draw a code as a PNG file, and return its path."""
    segno.make(text, error="l", micro=False).save(str(path), scale=6, border=BORDER)
    return path


def film(text: str, path: Path) -> Path:
    """Draw a code in the middle of a film of one frame, as the browser's pretended camera plays it."""
    rows = [list(row) for row in segno.make(text, error="l", micro=False).matrix_iter(border=BORDER)]
    scale = HEIGHT // len(rows)
    left, above = (WIDTH - scale * len(rows)) // 2, (HEIGHT - scale * len(rows)) // 2
    luma = [bytearray(b"\xeb" * WIDTH) for _ in range(HEIGHT)]
    for y, row in enumerate(rows):
        line = b"".join((b"\x10" if dark else b"\xeb") * scale for dark in row)
        for at in range(above + y * scale, above + (y + 1) * scale):
            luma[at][left : left + len(line)] = line
    frame = b"FRAME\n" + b"".join(luma) + b"\x80" * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return path
