/** Accelerators as their makers publish them: peak compute, memory, scale-up domain, power. */

import type { EvidenceKind } from '../base/figure.ts';

export const precisions = ['bf16', 'fp8', 'fp4'] as const;
export type Precision = (typeof precisions)[number];

/** Which efficiency curve an accelerator follows; see `calibration.ts`. */
export type CurveName = 'ampere' | 'hopper' | 'hopperCapped' | 'blackwell' | 'tpu';

export interface Accelerator {
  readonly id: string;
  readonly name: string;
  readonly curve: CurveName;
  /** Dense peak, TFLOP/s; null where the precision is not supported. */
  readonly peakTflops: Readonly<Record<Precision, number | null>>;
  readonly hbmGb: number;
  readonly hbmGBps: number;
  /** Accelerators in one scale-up domain and rate per accelerator, one direction. */
  readonly scaleUp: { readonly size: number; readonly GBps: number };
  /** Usual scale-out rate per accelerator. */
  readonly nicGbps: number;
  /** Board power limit. */
  readonly powerW: number;
  /** Weakest evidence among the figures above. */
  readonly kind: EvidenceKind;
  readonly source: string;
}

const gpu = (
  id: string, name: string, curve: CurveName,
  figures: {
    readonly bf16: number; readonly fp8?: number; readonly fp4?: number; readonly hbmGb: number; readonly hbmGBps: number;
    readonly domain: number; readonly domainGBps: number; readonly nicGbps: number; readonly powerW: number;
    /** `published` when left out. */
    readonly kind?: EvidenceKind;
  },
  source: string,
): Accelerator => ({
  id, name, curve, peakTflops: { bf16: figures.bf16, fp8: figures.fp8 ?? null, fp4: figures.fp4 ?? null },
  hbmGb: figures.hbmGb, hbmGBps: figures.hbmGBps, scaleUp: { size: figures.domain, GBps: figures.domainGBps }, nicGbps: figures.nicGbps, powerW: figures.powerW,
  kind: figures.kind ?? 'published', source,
});

/** Published figures, in the order of their generations. */
export const accelerators: readonly Accelerator[] = [
  gpu('a100', 'A100-80GB SXM', 'ampere', { bf16: 312, hbmGb: 80, hbmGBps: 2039, domain: 8, domainGBps: 300, nicGbps: 200, powerW: 400 }, 'NVIDIA A100 datasheet (2021); HDR InfiniBand of DGX A100'),
  gpu('h100', 'H100-80GB SXM', 'hopper', { bf16: 989, fp8: 1979, hbmGb: 80, hbmGBps: 3350, domain: 8, domainGBps: 450, nicGbps: 400, powerW: 700 }, 'NVIDIA H100 datasheet (2023), dense figures'),
  gpu('h100-500w', 'H100-96GB HBM2e, 500 W cap', 'hopperCapped', { bf16: 989, fp8: 1979, hbmGb: 96, hbmGBps: 2400, domain: 8, domainGBps: 450, nicGbps: 400, powerW: 500, kind: 'estimate' },
    'pytorch/torchtitan benchmarks folder (500 W limit, 96 GB HBM2e); memory rate estimated from six HBM2e stacks'),
  gpu('h200', 'H200-141GB SXM', 'hopper', { bf16: 989, fp8: 1979, hbmGb: 141, hbmGBps: 4800, domain: 8, domainGBps: 450, nicGbps: 400, powerW: 700 }, 'NVIDIA H200 datasheet (2024), dense figures'),
  gpu('h800', 'H800-80GB', 'hopper', { bf16: 989, fp8: 1979, hbmGb: 80, hbmGBps: 3350, domain: 8, domainGBps: 200, nicGbps: 400, powerW: 700 },
    'DeepSeek-V3 Technical Report (arXiv 2412.19437) and Insights into DeepSeek-V3 (ISCA 2025): NVLink cut to 400 GB/s both directions'),
  gpu('b200', 'B200-180GB SXM', 'blackwell', { bf16: 2250, fp8: 4500, fp4: 9000, hbmGb: 180, hbmGBps: 7700, domain: 8, domainGBps: 900, nicGbps: 400, powerW: 1000 }, 'NVIDIA DGX B200 datasheet (2024), dense figures'),
  gpu('b300', 'B300 SXM', 'blackwell', { bf16: 2250, fp8: 4500, fp4: 13500, hbmGb: 270, hbmGBps: 7700, domain: 8, domainGBps: 900, nicGbps: 800, powerW: 1100 }, 'NVIDIA HGX B300 page (2025), dense figures'),
  gpu('gb200', 'GB200 NVL72', 'blackwell', { bf16: 2500, fp8: 5000, fp4: 10000, hbmGb: 186, hbmGBps: 8000, domain: 72, domainGBps: 900, nicGbps: 400, powerW: 1200 }, 'NVIDIA GB200 NVL72 page (2024), dense figures'),
  gpu('gb300', 'GB300 NVL72', 'blackwell', { bf16: 2500, fp8: 5000, fp4: 15000, hbmGb: 279, hbmGBps: 8000, domain: 72, domainGBps: 900, nicGbps: 800, powerW: 1400 }, 'NVIDIA GB300 NVL72 page (2025), dense figures'),
  gpu('tpu-v4', 'TPU v4', 'tpu', { bf16: 275, hbmGb: 32, hbmGBps: 1200, domain: 4096, domainGBps: 300, nicGbps: 50, powerW: 192, kind: 'estimate' },
    "Jouppi et al., ISCA'23 (TPU v4), Table 4; data-centre network rate estimated"),
  gpu('tpu-v5e', 'TPU v5e', 'tpu', { bf16: 197, hbmGb: 16, hbmGBps: 819, domain: 256, domainGBps: 200, nicGbps: 25, powerW: 200, kind: 'estimate' },
    'Google Cloud TPU v5e page (2023); power and data-centre network rate estimated'),
  gpu('tpu-v5p', 'TPU v5p', 'tpu', { bf16: 459, hbmGb: 95, hbmGBps: 2765, domain: 8960, domainGBps: 600, nicGbps: 50, powerW: 400, kind: 'estimate' },
    'Google Cloud TPU v5p page (2023); power and data-centre network rate estimated'),
];

const squeezed = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The accelerator whose id or name is meant; the longest name that starts the text wins (`H100-80GB SXM5` is an H100). */
export function findAccelerator(name: string): Accelerator | null {
  const wanted = squeezed(name);
  const exact = accelerators.find((one) => squeezed(one.id) === wanted || squeezed(one.name) === wanted);
  if (exact !== undefined) return exact;
  if (wanted.startsWith('h100') && wanted.includes('500w')) return accelerators.find((one) => one.id === 'h100-500w') ?? null;
  let best: Accelerator | null = null;
  for (const one of accelerators) {
    const id = squeezed(one.id);
    if (wanted.startsWith(id) && id.length > squeezed(best?.id ?? '').length) best = one;
  }
  return best;
}
