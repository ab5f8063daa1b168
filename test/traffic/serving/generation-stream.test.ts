/** Streams by hand, and on the flow engine: more bandwidth makes none faster, too little stalls all alike. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import { runFlows } from '../../../src/sim/run-flows.ts';
import type { StreamSpec } from '../../../src/traffic/serving/generation-stream.ts';
import { predictStream, streamFlow } from '../../../src/traffic/serving/generation-stream.ts';

/** Full HD at 24 frames per second and 0.1 bit per pixel: 1920 x 1080 x 24 x 0.1 = 4,976,640 bit/s. */
const film: StreamSpec = { width: 1920, height: 1080, framesPerS: 24, bitsPerPixel: 0.1, clipS: 5, filmS: 60, denoisingSteps: 50, passesPerStep: 2 };
const close = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual} is not ${expected}`);

test('A stream that is made faster than it plays starts after its first clip', () => {
  // 100 passes of 40 ms: a clip of 5 s takes 4 s, speed 1.25.
  const stream = predictStream(film, { forwardNs: 40e6, portGbps: 1, latencyNs: 1000 });
  close(stream.streamGbps, 0.00497664);
  close(stream.clipNs, 4e9);
  close(stream.speed, 1.25);
  close(stream.startupNs, 4e9 + 1000);
  // 1 / 0.00497664 = 200.9.
  assert.equal(stream.streamsPerPort, 200);
  assert.equal(stream.framesPerS, 24);
});

test('A stream that is made slower than it plays waits for the rest of the film', () => {
  // 100 passes of 100 ms: 10 s per clip, half speed. After the first clip 55 s of film remain, made in 110 s: 55 s of wait.
  const stream = predictStream(film, { forwardNs: 100e6, portGbps: 1, latencyNs: 0 });
  close(stream.startupNs, 10e9 + 55e9);
  assert.equal(stream.framesPerS, 12);
});

test('A port slower than the stream sets its pace', () => {
  const stream = predictStream(film, { forwardNs: 1e6, portGbps: 0.00248832, latencyNs: 0 });
  close(stream.speed, 0.5);
  assert.equal(stream.streamsPerPort, 0);
});

test('On the flow engine a stream lasts as long as its film where there is room, and streams share what is too little', () => {
  const stream = predictStream(film, { forwardNs: 40e6, portGbps: 1, latencyNs: 0 });
  const flow = streamFlow(film, stream);
  const lastNs = (streams: number): number => {
    const outcome = runFlows({
      linkCount: 1, linkRateGbps: Float64Array.of(1), linkLatencyNs: new Float64Array(1), flowCount: streams, flowBits: new Float64Array(streams).fill(flow.bits),
      flowStartNs: new Float64Array(streams), flowWeight: null, flowCapGbps: new Float64Array(streams).fill(flow.capGbps), flowPriority: null,
      pathOffset: Int32Array.from({ length: streams + 1 }, (_, row) => row), pathLink: new Int32Array(streams), afterOffset: null, afterFlow: null,
      eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
    });
    assert.ok(!isRefusal(outcome));
    return outcome.makespanNs;
  };
  close(lastNs(200), 60e9);
  // 402 streams ask for 2.00060928 Gb/s of one.
  close(lastNs(402), 60e9 * 402 * 0.00497664);
});
