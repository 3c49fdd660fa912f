// Finds faces with MediaPipe, on the device. Its code and models, 11 MB, are fetched at
// the first call and not before.

import { newSheet } from "./frame.js";
import { Face } from "./mesh.js";

const MOST_FACES = 2; // the one, and whether there is another
const FACE_CONFIDENCE = 0.5;
const MESH_CONFIDENCE = 0.2; // both as on the server
const STILL_SIDE = 640; // likewise
const LIVE_SIDE = 256; // the finder sees 128 of them, the mesh 192 of the face
const PADDING = 0.15; // the finder misses faces that fill the frame unless there is a border

export class FaceFinder {
  #follower; // follows one face through a film, without looking for it again
  #loading; // the promise of the next
  #mesh = null; // looks for faces in any picture
  #isDue = false; // whether to look for others
  #others = []; // faces beside the one that is followed
  #sheet = newSheet();
  #live = newSheet();

  // `files`: addresses of MediaPipe's module, of its two builds and of the models.
  static async load(files) {
    const { FaceLandmarker, FilesetResolver } = await import(files.module);
    const build = (await FilesetResolver.isSimdSupported()) ? files.simd : files.plain;
    const fileset = { wasmLoaderPath: build.loader, wasmBinaryPath: build.binary };
    const finder = new FaceFinder();
    const mesh = (runningMode, numFaces) =>
      FaceLandmarker.createFromOptions(fileset, {
        baseOptions: { modelAssetPath: files.models, delegate: "CPU" },
        runningMode,
        numFaces,
        minFaceDetectionConfidence: FACE_CONFIDENCE,
        minFacePresenceConfidence: MESH_CONFIDENCE,
      });
    finder.#follower = await mesh("VIDEO", 1);
    // Nobody waits for the second before the camera shows something.
    finder.#loading = mesh("IMAGE", MOST_FACES).then((loaded) => (finder.#mesh = loaded));
    finder.#loading.catch(() => {}); // told to whoever has a still
    return finder;
  }

  close() {
    this.#follower.close();
    this.#loading.then((mesh) => mesh.close()).catch(() => {}); // one that never came needs none
  }

  // Faces of a picture, largest first.
  async inStill(picture) {
    await this.#loading;
    const faces = this.#find(picture, 0);
    return faces.length ? faces : this.#find(picture, PADDING);
  }

  // The face followed from look to look, and the others that were seen when last looked for, which
  // costs more than following.
  inLive(picture, { everybody }) {
    const seen = drawn(this.#live, picture, LIVE_SIDE, 0);
    this.#isDue ||= everybody;
    if (this.#isDue && this.#mesh) {
      this.#isDue = false;
      const all = largestFirst(seen.facesOf(this.#mesh.detect(seen.canvas)));
      this.#others = all.slice(1);
    }
    const followed = seen.facesOf(this.#follower.detectForVideo(seen.canvas, performance.now()));
    return followed.length ? largestFirst([...followed, ...this.#others]) : [];
  }

  // The small copy of the live picture that was last looked at, as a picture.
  get preview() {
    const { canvas } = this.#live;
    return { source: canvas, width: canvas.width, height: canvas.height };
  }

  #find(picture, padding) {
    const seen = drawn(this.#sheet, picture, STILL_SIDE, padding);
    return largestFirst(seen.facesOf(this.#mesh.detect(seen.canvas)));
  }
}

// The picture on a sheet of at most that size, and what to make of faces found there.
function drawn(context, { source, width, height }, side, padding) {
  const border = padding * Math.max(width, height);
  const scale = Math.min(1, side / (Math.max(width, height) + 2 * border));
  const { canvas } = context;
  canvas.width = Math.round((width + 2 * border) * scale);
  canvas.height = Math.round((height + 2 * border) * scale);
  context.drawImage(source, border * scale, border * scale, width * scale, height * scale);
  const unit = { x: canvas.width / scale, y: canvas.height / scale };
  const placed = ({ x, y, z }) => ({
    x: x * unit.x - border,
    y: y * unit.y - border,
    z: z * unit.x,
  });
  const facesOf = ({ faceLandmarks }) => faceLandmarks.map((points) => new Face(points.map(placed)));
  return { canvas, facesOf };
}

function largestFirst(faces) {
  return faces.sort((a, b) => b.size - a.size);
}
