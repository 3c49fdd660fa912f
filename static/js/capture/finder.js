// Finds faces with MediaPipe's mesh, on the device. Its code and models, 11 MB, are fetched at the
// first call and not before.

import { Face } from "./mesh.js";

const MOST_FACES = 2; // the one, and whether there is another
const FACE_CONFIDENCE = 0.5;
const MESH_CONFIDENCE = 0.2; // both as on the server
const STILL_SIDE = 640; // likewise
const LIVE_SIDE = 256; // the finder sees 128 of them, the mesh 192 of the face
const PADDING = 0.15; // the finder misses faces that fill the frame unless there is a border

export class FaceFinder {
  #mesh;
  #sheet = document.createElement("canvas").getContext("2d");

  // `files`: addresses of MediaPipe's module, of its two builds and of the models.
  static async load(files) {
    const { FaceLandmarker, FilesetResolver } = await import(files.module);
    const build = (await FilesetResolver.isSimdSupported()) ? files.simd : files.plain;
    const finder = new FaceFinder();
    finder.#mesh = await FaceLandmarker.createFromOptions(
      { wasmLoaderPath: build.loader, wasmBinaryPath: build.binary },
      {
        baseOptions: { modelAssetPath: files.models, delegate: "CPU" },
        runningMode: "IMAGE",
        numFaces: MOST_FACES,
        minFaceDetectionConfidence: FACE_CONFIDENCE,
        minFacePresenceConfidence: MESH_CONFIDENCE,
      },
    );
    return finder;
  }

  // Faces of a picture, largest first.
  inStill(picture) {
    const faces = this.#find(picture, STILL_SIDE, 0);
    return faces.length ? faces : this.#find(picture, STILL_SIDE, PADDING);
  }

  inLive(picture) {
    return this.#find(picture, LIVE_SIDE, 0);
  }

  #find({ source, width, height }, side, padding) {
    const border = padding * Math.max(width, height);
    const scale = Math.min(1, side / (Math.max(width, height) + 2 * border));
    const { canvas } = this.#sheet;
    canvas.width = Math.round((width + 2 * border) * scale);
    canvas.height = Math.round((height + 2 * border) * scale);
    this.#sheet.drawImage(source, border * scale, border * scale, width * scale, height * scale);
    const unit = { x: canvas.width / scale, y: canvas.height / scale };
    const faces = this.#mesh.detect(canvas).faceLandmarks.map(
      (points) =>
        new Face(
          points.map(({ x, y, z }) => ({
            x: x * unit.x - border,
            y: y * unit.y - border,
            z: z * unit.x,
          })),
        ),
    );
    return faces.sort((a, b) => b.size - a.size);
  }
}
