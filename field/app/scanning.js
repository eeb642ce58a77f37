/**
 * QR codes, from a picture or from the camera: by the browser's own reader where there is one, otherwise by one that is
 * loaded only now.
 * @module
 */

const WIDTH_MAX = 800; // enough for a code that fills a third of the picture
const PAUSE_MS = 120;

/** The camera may not be used, or there is none. */
export class NoCamera extends Error {}

/** The text of a code in a picture, or null. @param {Blob} picture */
export async function readPicture(picture) {
  const bitmap = await createImageBitmap(picture), read = await reader();
  for (const scale of [1, 0.5]) {
    const text = await read(bitmap, bitmap.width, bitmap.height, scale);
    if (text !== null) return text;
  }
  return null;
}

/** Look through the camera until `found` takes a text or the signal aborts; throws `NoCamera`. @param {HTMLVideoElement} video @param {(text: string) => boolean} found @param {AbortSignal} signal */
export async function watch(video, found, signal) {
  const stream = await cameraStream();
  try {
    video.srcObject = stream;
    await video.play();
    const read = await reader();
    while (!signal.aborted) {
      const text = video.videoWidth > 0 ? await read(video, video.videoWidth, video.videoHeight, 1) : null;
      if (text !== null && !signal.aborted && found(text)) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } catch (error) {
    if (!signal.aborted) throw error; // a screen that went takes its video along
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

async function cameraStream() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
  } catch (error) {
    throw new NoCamera(String(error));
  }
}

/** @typedef {(source: any, width: number, height: number, scale: number) => Promise<string | null>} Read */

/** @returns {Promise<Read>} */
async function reader() {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  const formats = Detector === undefined ? [] : await Detector.getSupportedFormats().catch(() => []);
  if (formats.includes("qr_code")) {
    const detector = new Detector({ formats: ["qr_code"] });
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
  }
  const read = /** @type {any} */ ((await import("jsqr")).default), canvas = document.createElement("canvas");
  return async (source, width, height, scale) => {
    const by = Math.min(1, WIDTH_MAX / Math.max(width, height)) * scale;
    canvas.width = Math.max(1, Math.round(width * by));
    canvas.height = Math.max(1, Math.round(height * by));
    const drawing = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    drawing.drawImage(source, 0, 0, canvas.width, canvas.height);
    const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    return read(data, canvas.width, canvas.height)?.data ?? null;
  };
}
