/**
 * Long streams of generated video or images: a rate-bound flow that lasts as long as its viewer looks.
 *
 * A diffusion transformer passes over all latent tokens of a clip once per denoising step, twice with classifier-free
 * guidance (Ho and Salimans 2022). The clip then leaves as encoded frames at the playback rate: more bandwidth does not make
 * it faster, less stalls it. Of a film of length V made g < 1 times as fast as it plays,
 * clip k of length c is ready at k c/g and due (k - 1) c after playback starts, so playback waits c/g + (V - c)(1/g - 1).
 */

export interface StreamSpec {
  readonly width: number;
  readonly height: number;
  readonly framesPerS: number;
  /** Of the encoded stream. */
  readonly bitsPerPixel: number;
  /** Length of what one pass of the model makes, and of the whole film. */
  readonly clipS: number;
  readonly filmS: number;
  readonly denoisingSteps: number;
  /** Forward passes per denoising step. */
  readonly passesPerStep: number;
}

export interface StreamPrediction {
  /** Rate of one stream at playback speed. */
  readonly streamGbps: number;
  /** To make one clip. */
  readonly clipNs: number;
  /** Seconds of film made per second. */
  readonly speed: number;
  /** From request until playback can start and never stall. */
  readonly startupNs: number;
  /** Streams that one port carries at playback speed. */
  readonly streamsPerPort: number;
  readonly framesPerS: number;
}

/** `forwardNs` is one pass over a clip; `portGbps` the port the stream leaves by, shared by nobody else; both positive. */
export function predictStream(spec: StreamSpec, setting: { readonly forwardNs: number; readonly portGbps: number; readonly latencyNs: number }): StreamPrediction {
  const streamGbps = (spec.width * spec.height * spec.bitsPerPixel * spec.framesPerS) / 1e9;
  const clipNs = spec.denoisingSteps * spec.passesPerStep * setting.forwardNs;
  // Clips are made one after the other and delivered while the next is made; the slower of the two sets the pace.
  const paceNs = Math.max(clipNs, (streamGbps * spec.clipS * 1e9) / setting.portGbps);
  const speed = (spec.clipS * 1e9) / paceNs;
  const filmNs = spec.filmS * 1e9;
  return {
    streamGbps, clipNs, speed,
    startupNs: clipNs + setting.latencyNs + (speed < 1 ? Math.max(0, filmNs - spec.clipS * 1e9) * (1 / speed - 1) : 0),
    streamsPerPort: Math.floor(setting.portGbps / streamGbps),
    framesPerS: spec.framesPerS * Math.min(1, speed),
  };
}

/** A stream as one flow: its bits over the whole film, capped at the rate at which it is made or played, whichever is less. */
export const streamFlow = (spec: StreamSpec, prediction: StreamPrediction): { readonly bits: number; readonly capGbps: number } => ({
  bits: prediction.streamGbps * spec.filmS * 1e9, capGbps: prediction.streamGbps * Math.min(1, (spec.clipS * 1e9) / prediction.clipNs),
});
