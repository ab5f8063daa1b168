/** What the three questions of a network's worth answer: fewer accelerators, a microsecond, cost per token. */

/** One workload with the scale-out network so many times as large: every accelerator has that many times the adapters, links and switches. */
export interface FabricSizeRow {
  readonly times: number;
  readonly rateGbpsPerGpu: number;
  readonly stepS: number;
  readonly tokensPerS: number;
  /** Accelerators that train as many tokens per second as the cluster does as it stands; each keeps its share of the batch. */
  readonly gpusForSameTokens: number;
  readonly usdPerMillionTokens: number;
  /** Of the site, PUE included. */
  readonly joulesPerToken: number;
  /** The same with the fastest plan for this network, in closed form, instead of the workload's own. */
  readonly bestPlan: BestPlanRow;
}

export interface BestPlanRow {
  readonly plan: string;
  readonly stepS: number;
  readonly tokensPerS: number;
  /** Against the fastest plan on the network as it stands. */
  readonly gpusForSameTokens: number;
  readonly usdPerMillionTokens: number;
}

/** One workload with every path between accelerators of different nodes longer by `extraNs`, one way. */
export interface LatencyRow {
  readonly extraNs: number;
  readonly stepS: number;
  readonly tokensPerS: number;
  /** Accelerators that must be added to make up for it. */
  readonly gpusToMakeUp: number;
}

export interface WorkloadAnswers {
  readonly workload: string;
  readonly plan: string;
  readonly fabricSizes: readonly FabricSizeRow[];
  readonly latencies: readonly LatencyRow[];
}

export interface QuestionsResult {
  readonly schema: 'heliostat/questions/1';
  readonly study: string;
  readonly cluster: string;
  readonly choice: string;
  readonly gpus: number;
  readonly accelerator: string;
  readonly rateGbpsPerGpu: number;
  readonly clusterCostUsd: number;
  readonly fabricCostUsd: number;
  readonly clusterPowerW: number;
  readonly fabricPowerW: number;
  readonly workloads: readonly WorkloadAnswers[];
  /** Workloads that cannot run, with the reasons. */
  readonly refused: readonly { readonly workload: string; readonly reasons: readonly string[] }[];
  /** One sentence for each question and workload. */
  readonly findings: readonly string[];
  readonly assumptions: readonly string[];
}
