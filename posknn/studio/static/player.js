// Plays a video: in a video element where the browser can, else picture by picture, or nothing but time for a track.

/**
 * Where a video is; "tick" says that another picture is shown, "state" that it began to play or stopped.
 */
export class Player extends EventTarget {
  /**
   * @param {string | null} address  of the video; null for a track without one
   * @param {(time: number) => string} still  the address of a picture of it
   * @param {{duration: number, step: number}} clip
   */
  constructor(address, still, { duration, step }) {
    super();
    this.still = still;
    this.duration = duration;
    this.step = step;
    this.rate = 1;
    this.playing = false;
    this.time = 0;
    /** @type {HTMLVideoElement | null} */
    this.video = null;
    /** @type {HTMLImageElement | null} */
    this.image = null;
    this.box = document.createElement("div");
    this.box.className = "screen";
    this.loading = false;
    this.wanted = 0;
    if (address) this.open(address);
  }

  /** @param {string} address */
  open(address) {
    const video = (this.video = document.createElement("video"));
    video.playsInline = true;
    video.preload = "auto";
    video.tabIndex = -1;
    video.addEventListener("error", () => this.byPictures());
    video.addEventListener("loadedmetadata", () => {
      if (!video.videoWidth) this.byPictures(); // it knows the sound and not the pictures
      else this.seek(this.time);
    });
    video.addEventListener("ended", () => this.pause());
    video.addEventListener("seeked", () => this.tick());
    video.src = address;
    this.box.append(video);
  }

  byPictures() {
    if (this.image) return;
    this.video?.remove();
    this.video = null;
    this.image = document.createElement("img");
    this.image.alt = "";
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => {
      this.loading = false;
      this.dispatchEvent(new CustomEvent("trouble", { detail: "The pictures of this video cannot be shown; its poses can." }));
    });
    this.box.append(this.image);
    this.load();
  }

  load() {
    if (!this.image || this.loading) return;
    this.loading = true;
    this.wanted = this.time;
    this.image.src = this.still(this.time);
  }

  loaded() {
    this.loading = false;
    this.tick();
    if (Math.abs(this.wanted - this.time) > this.step / 2) this.load();
  }

  /** @param {number} time */
  seek(time) {
    this.time = Math.max(0, Math.min(time, this.duration - this.step));
    // A hair into the picture: at its very beginning the one before would be shown now and then.
    if (this.video) this.video.currentTime = this.time + Math.min(this.step / 4, 0.004);
    this.load();
    this.tick();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.time >= this.duration - 1.5 * this.step) this.seek(0);
    this.playing = true;
    if (this.video) {
      this.video.playbackRate = this.rate;
      this.video.play().catch(() => this.pause());
    }
    this.begun = performance.now() - (1000 * this.time) / this.rate;
    requestAnimationFrame(() => this.run());
    this.dispatchEvent(new Event("state"));
  }

  run() {
    if (!this.playing) return;
    if (!this.box.isConnected) return this.pause();
    if (this.video) this.time = Math.min(this.video.currentTime, this.duration);
    else {
      this.time = Math.min(((performance.now() - (this.begun || 0)) / 1000) * this.rate, this.duration - this.step);
      this.load();
      if (this.time >= this.duration - 1.01 * this.step) this.pause();
    }
    this.tick();
    requestAnimationFrame(() => this.run());
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.video?.pause();
    this.dispatchEvent(new Event("state"));
    this.tick();
  }

  /** @param {number} rate */
  speed(rate) {
    this.rate = rate;
    if (this.video) this.video.playbackRate = rate;
    this.begun = performance.now() - (1000 * this.time) / rate;
  }

  tick() {
    this.dispatchEvent(new Event("tick"));
  }
}
