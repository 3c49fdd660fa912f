// The device's camera: what it shows now, and a still at its full resolution.

const LIVE = { width: { ideal: 1280 }, height: { ideal: 960 } };
const LARGEST = { width: { ideal: 2560 }, height: { ideal: 1920 } }; // where a frame is the still
const MOST_PIXELS = 24e6; // a larger JPEG may weigh more than the server takes
const JPEG = "image/jpeg";
const JPEG_QUALITY = 0.95;
const PROBLEMS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no_camera",
  OverconstrainedError: "no_camera",
  NotReadableError: "busy",
  AbortError: "busy",
};

// `code` says why there is no camera: denied, no_camera, busy or unsupported.
export class CameraError extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

export class Camera {
  #photographer = null;
  #size = {}; // of the photo to ask for
  #stream = null;

  constructor(video) {
    this.video = video;
    this.enlarged = 1; // pixels of the still for one of the video's
  }

  async open(facingMode) {
    this.close();
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("unsupported");
    const size = "ImageCapture" in window ? LIVE : LARGEST;
    try {
      const video = { facingMode, ...size };
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
    } catch (error) {
      throw new CameraError(PROBLEMS[error.name] ?? "unsupported", error);
    }
    this.video.srcObject = this.#stream;
    await this.video.play();
    await this.#prepareStills();
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.video.srcObject = null;
  }

  get picture() {
    const { videoWidth: width, videoHeight: height } = this.video;
    return { source: this.video, width, height };
  }

  get isShowing() {
    return Boolean(this.#stream) && this.video.readyState >= this.video.HAVE_CURRENT_DATA;
  }

  // A JPEG: the camera's own photo where the browser gives it, else the whole frame.
  async still() {
    try {
      const photo = await this.#takePhoto();
      if (photo?.type === JPEG) return photo;
    } catch {
      // Some cameras promise photos and take none; what they show is still there.
    }
    return jpegOf(this.picture);
  }

  // Asked for no size, some cameras give less than they can; asked for one, some give nothing.
  #takePhoto() {
    const photographer = this.#photographer;
    return photographer?.takePhoto(this.#size).catch(() => photographer.takePhoto());
  }

  async #prepareStills() {
    this.#photographer = null;
    this.enlarged = 1;
    if (!("ImageCapture" in window)) return;
    const photographer = new ImageCapture(this.#stream.getVideoTracks()[0]);
    try {
      const { imageWidth, imageHeight } = await photographer.getPhotoCapabilities();
      const { width, height } = this.picture;
      this.#size = atMost(MOST_PIXELS, imageWidth.max, imageHeight.max);
      const pixels = this.#size.imageWidth * this.#size.imageHeight;
      this.enlarged = Math.max(1, Math.sqrt(pixels / (width * height)));
      this.#photographer = photographer;
    } catch {
      // A camera for films only: the frame is the still.
    }
  }
}

function atMost(pixels, width, height) {
  const scale = Math.min(1, Math.sqrt(pixels / (width * height)));
  return { imageWidth: Math.floor(scale * width), imageHeight: Math.floor(scale * height) };
}

function jpegOf({ source, width, height }) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(source, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, JPEG, JPEG_QUALITY));
}
