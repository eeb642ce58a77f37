"""Writes the picture of a page small: a PNG of a palette, the same bytes for the same picture.

The browser that took it counts its colours. Those that are there most stay; of the others those without which most
would change, up to 256; the rest become the nearest of these. A screen of text loses nothing that an eye sees.
"""

import struct
from base64 import b64decode, b64encode
from typing import Any, Final
from zlib import compress, crc32

COLOURS: Final = """async (data) => {
  const FREQUENT = 160;
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes])), { width, height } = image;
  const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const points = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer), many = new Map();
  for (const point of points) many.set(point, (many.get(point) ?? 0) + 1);
  const parts = (point) => [point & 255, point >> 8 & 255, point >> 16 & 255];
  const apart = (one, other) => one.reduce((sum, part, at) => sum + (part - other[at]) ** 2, 0);
  const sorted = [...many].sort(([a, n], [b, m]) => m - n || a - b);
  const kept = sorted.slice(0, FREQUENT).map(([point]) => point), palette = kept.map(parts);
  const rest = sorted.slice(FREQUENT).map(([point, n]) => ({ point, n, own: parts(point), far: Infinity }));
  for (const one of rest) for (const other of palette) one.far = Math.min(one.far, apart(one.own, other));
  while (kept.length < 256 && rest.length > 0) {
    let most = 0;
    rest.forEach((one, at) => { if (one.n * one.far > rest[most].n * rest[most].far) most = at; });
    const [chosen] = rest.splice(most, 1);
    kept.push(chosen.point);
    palette.push(chosen.own);
    for (const one of rest) one.far = Math.min(one.far, apart(one.own, chosen.own));
  }
  const found = new Map(kept.map((point, place) => [point, place]));
  const nearest = (point) => {
    const own = parts(point);
    let best = 0;
    palette.forEach((one, place) => { if (apart(one, own) < apart(palette[best], own)) best = place; });
    return best;
  };
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0, from = 0; y < height; y += 1) {
    for (let x = 0, to = y * (width + 1) + 1; x < width; x += 1, from += 1, to += 1) {
      const point = points[from];
      if (!found.has(point)) found.set(point, nearest(point));
      rows[to] = found.get(point);
    }
  }
  let text = "";
  for (let at = 0; at < rows.length; at += 32768) text += String.fromCharCode(...rows.subarray(at, at + 32768));
  return [width, height, palette.flat(), btoa(text)];
}"""
MARK: Final = b"\x89PNG\r\n\x1a\n"
BITS, PALETTE = 8, 3  # of a point, and what it names


def smaller(page: Any, picture: bytes) -> bytes:
    """The picture in at most 256 colours, counted in the browser of a page."""
    width, height, colours, rows = page.evaluate(COLOURS, b64encode(picture).decode())
    head = struct.pack(">IIBBBBB", width, height, BITS, PALETTE, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", bytes(colours)), (b"IDAT", compress(b64decode(rows), 9)), (b"IEND", b""))
    return MARK + b"".join(_part(name, body) for name, body in parts)


def _part(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc32(name + body))
