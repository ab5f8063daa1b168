/** Plays that once broke a promise, cut down to what broke it: told event by event, so that they stay what they are however plays are drawn. */

import type { PlayEvent } from '../../../src/study/simtest/act.ts';
import type { SimClusterName } from '../../../src/study/simtest/clusters.ts';

export interface PinnedPlay {
  readonly what: string;
  readonly cluster: SimClusterName;
  readonly events: readonly PlayEvent[];
}

const second = 1e9;

export const pinnedPlays: readonly PinnedPlay[] = [
  {
    what: 'lanes that are off already cool nothing', cluster: 'leaf-spine', events: [
      { at: 207, laterNs: 0.001 * second, salt: 1849346587, act: {
        kind: 'leaseAsked', trafficClass: 'allReduce', fromRank: 5, toRank: 7, rateGbps: 300, isAmount: false, afterNs: 0, forNs: 3600 * second, floorShare: 0.3, name: 10,
      } },
      { at: 237, laterNs: second, salt: 1533749010, act: { kind: 'warmth', body: 104, byK: 0 } },
      { at: 259, laterNs: 0.001 * second, salt: 83610034, act: { kind: 'part', component: 85, isDead: false } },
      { at: 260, laterNs: 0.1 * second, salt: 1857576544, act: { kind: 'falseAlarm', component: 109 } },
      { at: 262, laterNs: second, salt: 1159867218, act: { kind: 'flow', component: 2, share: 0.5 } },
      { at: 271, laterNs: 60 * second, salt: 921028562, act: {
        kind: 'leaseAsked', trafficClass: 'checkpoint', fromRank: 4, toRank: 7, rateGbps: 10, isAmount: false, afterNs: 0, forNs: 10_800 * second, floorShare: 0, name: 17,
      } },
      { at: 280, laterNs: 10 * second, salt: 823107113, act: { kind: 'warmth', body: 92, byK: 25 } },
    ],
  },
  {
    what: 'a job that stands says why when a lease that it waits for is let go', cluster: 'cpo-rails', events: [
      { at: 3, laterNs: 0, salt: 52029198, act: { kind: 'jobAsked', name: 3, ranks: [0, 1, 2, 3, 4, 5, 6, 7], classes: ['allReduce', 'checkpoint', 'background'], rateGbps: 100, replicas: 8 } },
      { at: 5, laterNs: 0.1 * second, salt: 905525242, act: { kind: 'falseAlarm', component: 5 } },
      { at: 16, laterNs: 5 * second, salt: 1809664884, act: { kind: 'release', pick: 177020 } },
      { at: 23, laterNs: second, salt: 734787401, act: { kind: 'release', pick: 489106 } },
    ],
  },
  {
    what: 'impossible numbers count against a device that has said nothing else', cluster: 'ocs-rails', events: [
      { at: 0, laterNs: 2 * second, salt: 2038184721, act: { kind: 'nonsense', pick: 357769, of: 'sequence' } },
      { at: 12, laterNs: 10 * second, salt: 1194518434, act: { kind: 'nonsense', pick: 31625, of: 'sequence' } },
      { at: 25, laterNs: 60 * second, salt: 152612113, act: { kind: 'part', component: 8, isDead: true } },
      { at: 27, laterNs: 400 * second, salt: 1197621505, act: { kind: 'portStuck', pick: 109557, port: 722886, isStuck: true } },
      { at: 37, laterNs: 60 * second, salt: 2109141761, act: { kind: 'dirt', component: 68, lossDb: 0.4 } },
    ],
  },
  {
    what: 'what a body said before its lanes were lit says too little of its warmth', cluster: 'torus', events: [
      { at: 6, laterNs: 5 * second, salt: 1642172875, act: {
        kind: 'leaseAsked', trafficClass: 'allReduce', fromRank: 6, toRank: 1, rateGbps: 300, isAmount: false, afterNs: 0, forNs: 3600 * second, floorShare: 0.3, name: 27,
      } },
      { at: 13, laterNs: 0.001 * second, salt: 395562745, act: { kind: 'part', component: 20, isDead: true } },
      { at: 37, laterNs: 0.1 * second, salt: 1408500478, act: { kind: 'tick' } },
      { at: 38, laterNs: 60 * second, salt: 247160371, act: { kind: 'mend', pick: 139160 } },
      { at: 40, laterNs: 0.5 * second, salt: 835791931, act: { kind: 'jobAsked', name: 3, ranks: [3, 4, 5, 6], classes: ['allToAll', 'background'], rateGbps: 100, replicas: 4 } },
      { at: 42, laterNs: 400 * second, salt: 1079406685, act: { kind: 'deviceCrash', pick: 187014 } },
      { at: 47, laterNs: second, salt: 1417854705, act: { kind: 'warmth', body: 69, byK: 25 } },
      { at: 48, laterNs: 0.001 * second, salt: 1116829487, act: { kind: 'tick' } },
    ],
  },
];
