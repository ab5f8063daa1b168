/** Transformer models, dense and mixture of experts: their shape, parameter counts and FLOPs. */

/** How a layer attends: grouped-query heads, or DeepSeek's multi-head latent attention (arXiv 2412.19437, section 2.1.1). */
export type AttentionSpec =
  | { readonly kind: 'gqa'; readonly heads: number; readonly kvHeads: number; readonly headDim: number; /** Tokens a query looks back, null for all. */ readonly windowTokens: number | null }
  | { readonly kind: 'mla'; readonly heads: number; readonly queryRank: number; readonly kvRank: number; readonly nopeDim: number; readonly ropeDim: number; readonly valueDim: number };

/** The expert layers. Layers that are not expert layers keep the dense feed-forward network. */
export interface MoeSpec {
  readonly experts: number;
  readonly topK: number;
  readonly sharedExperts: number;
  readonly expertFfn: number;
  readonly moeLayers: number;
  /** Routing limit: a token visits experts on at most so many nodes; null for no limit. */
  readonly nodesPerTokenMax: number | null;
}

export interface ModelSpec {
  readonly name: string;
  readonly layers: number;
  readonly hidden: number;
  readonly attention: AttentionSpec;
  /** Width of the dense feed-forward network; 0 when every layer is an expert layer. */
  readonly ffn: number;
  /** Three matrices (SwiGLU and kin) instead of two. */
  readonly gated: boolean;
  readonly vocab: number;
  /** Tokens per training sequence. */
  readonly seq: number;
  /** The output head reuses the input embedding. */
  readonly tiedEmbeddings: boolean;
  /** Learned absolute position embeddings and biases, as in GPT-2 and GPT-3. */
  readonly gptStyle: boolean;
  /** Attention and feed-forward read the same input, so one pair of tensor-parallel collectives serves both. */
  readonly parallelBlock: boolean;
  readonly moe: MoeSpec | null;
  /** Extra multi-token-prediction layers after the last one (DeepSeek-V3 trains with one). */
  readonly mtpLayers: number;
  readonly source: string;
}

export interface ParameterCount {
  readonly attentionPerLayer: number;
  readonly denseFfnPerLayer: number;
  /** Router, shared and routed experts of one expert layer. */
  readonly moeFfnPerLayer: number;
  /** The part of one expert layer that one token uses. */
  readonly moeActivePerLayer: number;
  /** Input embedding; the head is the same size. */
  readonly embedding: number;
  /** All parameters, multi-token-prediction layers excluded as the public totals do. */
  readonly total: number;
  /** Parameters that one token uses, embeddings included. */
  readonly active: number;
}

export const denseLayers = (model: ModelSpec): number => model.layers - (model.moe?.moeLayers ?? 0);

/** Width of the concatenated heads that the output projection reads. */
export const attentionOutputWidth = (attention: AttentionSpec): number =>
  attention.kind === 'gqa' ? attention.heads * attention.headDim : attention.heads * attention.valueDim;

function attentionParameters(model: ModelSpec): number {
  const { attention, hidden } = model;
  if (attention.kind === 'gqa') {
    const width = attention.heads * attention.headDim;
    const kvWidth = attention.kvHeads * attention.headDim;
    return 2 * hidden * width + 2 * hidden * kvWidth;
  }
  const queryKeyDim = attention.nopeDim + attention.ropeDim;
  return (
    hidden * attention.queryRank + attention.queryRank * attention.heads * queryKeyDim
    + hidden * (attention.kvRank + attention.ropeDim) + attention.kvRank * attention.heads * (attention.nopeDim + attention.valueDim)
    + attention.heads * attention.valueDim * hidden
    + attention.queryRank + attention.kvRank
  );
}

/** Counts parameters matrix by matrix. GPT-style models add biases, position embeddings and norm biases (13h per layer). */
export function countParameters(model: ModelSpec): ParameterCount {
  const matrices = model.gated ? 3 : 2;
  const { hidden, moe } = model;
  const attentionPerLayer = attentionParameters(model);
  const denseFfnPerLayer = matrices * hidden * model.ffn;
  const expert = moe === null ? 0 : matrices * hidden * moe.expertFfn;
  const router = moe === null ? 0 : hidden * moe.experts;
  const moeFfnPerLayer = moe === null ? 0 : router + expert * (moe.experts + moe.sharedExperts);
  const moeActivePerLayer = moe === null ? 0 : router + expert * (moe.topK + moe.sharedExperts);
  const smallPerLayer = model.gptStyle ? 13 * hidden : 2 * hidden;
  const embedding = model.vocab * hidden;
  const moeLayers = moe?.moeLayers ?? 0;
  const shared = model.layers * (attentionPerLayer + smallPerLayer) + denseLayers(model) * denseFfnPerLayer
    + embedding * (model.tiedEmbeddings ? 1 : 2) + (model.gptStyle ? model.seq * hidden : hidden);
  return {
    attentionPerLayer, denseFfnPerLayer, moeFfnPerLayer, moeActivePerLayer, embedding,
    total: shared + moeLayers * moeFfnPerLayer,
    active: shared + moeLayers * moeActivePerLayer,
  };
}

/** Multiply-adds of scores and weighted values for one token and one layer, as FLOPs, when every query sees `context` tokens. */
export function attentionFlops(attention: AttentionSpec, context: number): number {
  if (attention.kind === 'gqa') return 4 * context * attention.heads * attention.headDim;
  return 2 * context * attention.heads * (attention.nopeDim + attention.ropeDim + attention.valueDim);
}

/**
 * Model FLOPs of one token, forward and backward (three times the forward pass), recomputation excluded.
 *
 * Counts the matrices a token uses, the output head, and attention over the full sequence without the causal half, the
 * convention of Narayanan et al., SC'21, equation 3, which most published utilisations follow.
 */
export function modelFlopsPerToken(model: ModelSpec): number {
  const count = countParameters(model);
  const perLayer = model.layers * (count.attentionPerLayer + attentionFlops(model.attention, model.seq) / 2);
  const ffn = denseLayers(model) * count.denseFfnPerLayer + (model.moe?.moeLayers ?? 0) * count.moeActivePerLayer;
  return 6 * (perLayer + ffn + count.embedding);
}
