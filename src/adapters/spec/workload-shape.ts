/** The shape of a Workload spec: the model, its training batch and how it is split over accelerators. */

import { z } from 'zod';
import { precisions } from '../../traffic/accelerators.ts';
import { modelPresets } from '../../traffic/model-presets.ts';
import { softwareStacks } from '../../traffic/parallel-plan.ts';
import { choiceField, nameField, textField, wholeField, yesNoField } from './fields.ts';

/** Above every model published, with room for a thousandfold growth. */
export const widthMax = 16_777_216;
export const layersMax = 100_000;
export const degreeMax = 1_048_576;
export const batchMax = 1_000_000_000;

const degree = (about: string, example: number): z.ZodInt => wholeField({ about, example, min: 1, max: degreeMax });
const width = (about: string, example: number): z.ZodInt => wholeField({ about, example, min: 1, max: widthMax });

const asChoices = (names: readonly string[]): [string, ...string[]] => {
  const [first, ...rest] = names;
  return first === undefined ? [''] : [first, ...rest];
};

const groupedQueryShape = z.strictObject({
  kind: z.literal('gqa').meta({ description: 'Grouped-query heads; as many key heads as heads is plain multi-head attention.' }),
  heads: width('Query heads.', 128),
  kvHeads: width('Key and value heads; divides `heads`. By default as many as heads.', 8).optional(),
  headDim: width('Width of one head. By default hidden / heads.', 128).optional(),
  window: width('Tokens a query looks back. By default all.', 4096).optional(),
});

const latentShape = z.strictObject({
  kind: z.literal('mla').meta({ description: 'Multi-head latent attention (DeepSeek-V2 and V3).' }),
  heads: width('Heads.', 128),
  queryRank: width('Rank of the compressed query.', 1536),
  kvRank: width('Rank of the compressed keys and values.', 512),
  nopeDim: width('Query and key width without position.', 128),
  ropeDim: width('Query and key width with position.', 64),
  valueDim: width('Value width of one head.', 128),
});

const moeShape = z
  .strictObject({
    experts: width('Routed experts of one layer.', 256),
    topK: width('Routed experts one token visits.', 8),
    sharedExperts: wholeField({ about: 'Experts every token visits.', example: 1, min: 0, max: widthMax }).prefault(0),
    expertFfn: width('Width of one expert.', 2048),
    layers: width('Layers with experts. By default all.', 58).optional(),
    nodesPerTokenMax: width('A token visits experts on at most so many nodes. By default no limit.', 4).optional(),
  })
  .meta({ description: 'Mixture of experts.' });

const architectureShape = z.strictObject({
  name: nameField({ about: 'Name of the model in reports.', example: 'my-model' }),
  layers: wholeField({ about: 'Transformer layers.', example: 126, min: 1, max: layersMax }),
  hidden: width('Width of the residual stream.', 16384),
  attention: z.discriminatedUnion('kind', [groupedQueryShape, latentShape]).meta({ description: 'How a layer attends.', examples: [{ kind: 'gqa', heads: 128 }] }),
  ffn: wholeField({ about: 'Width of the dense feed-forward network; 0 when every layer has experts.', example: 53248, min: 0, max: widthMax }),
  gated: yesNoField({ about: 'Three matrices (SwiGLU and kin) instead of two.' }).prefault(true),
  vocabulary: width('Tokens in the vocabulary.', 128256),
  tiedEmbeddings: yesNoField({ about: 'The output head reuses the input embedding.' }).prefault(false),
  gptStyle: yesNoField({ about: 'Learned positions and biases, as in GPT-2 and GPT-3.' }).prefault(false),
  parallelBlock: yesNoField({ about: 'Attention and feed-forward read the same input.' }).prefault(false),
  moe: moeShape.optional(),
  mtpLayers: wholeField({ about: 'Multi-token-prediction layers after the last one.', example: 1, min: 0, max: 64 }).prefault(0),
  source: textField({ about: 'Where the numbers come from.', example: 'arXiv 2407.21783, Table 3' }).prefault('as the spec states'),
});

const modelShape = z
  .union([
    choiceField(asChoices(Object.keys(modelPresets)), { about: 'A public architecture.' }),
    z.strictObject({
      config: nameField({ about: 'A Hugging Face `config.json`, relative to this file.', example: 'hf/llama-3.1-405b.json' }),
      name: nameField({ about: 'Name in reports. By default that of the file.', example: 'Llama-3.1-405B' }).optional(),
      nodesPerTokenMax: width('A token visits experts on at most so many nodes. By default as the configuration says.', 4).optional(),
    }),
    architectureShape,
  ])
  .meta({ description: 'The model: a public architecture by name, a Hugging Face configuration, or all its numbers.', examples: ['llama-3.1-405b'] });

const parallelShape = z
  .strictObject({
    tensor: degree('Tensor parallelism; divides the heads.', 8).prefault(1),
    sequenceParallel: yesNoField({ about: 'Norms and residuals split along the sequence inside the tensor group.' }).prefault(true),
    pipeline: degree('Pipeline stages.', 16).prefault(1),
    schedule: choiceField(['1f1b', 'zeroBubble', 'dualPipe'], { about: 'Pipeline schedule.' }).prefault('1f1b'),
    interleave: degree('Model chunks per pipeline stage.', 8).prefault(1),
    data: degree('Data parallelism. By default all accelerators over the other degrees.', 8).optional(),
    zero: z.int().min(0).max(3).prefault(1).meta({ description: 'ZeRO stage: what data-parallel ranks share instead of copying.', examples: [1] }),
    shard: degree('Ranks that share one copy of the sharded state. By default all data-parallel ranks.', 8).optional(),
    expert: degree('Expert parallelism; lies inside data parallelism.', 64).prefault(1),
    context: degree('Context parallelism: the sequence split over ranks.', 2).prefault(1),
  })
  .meta({ description: 'How the model is split over accelerators.' });

export const workloadShape = z
  .strictObject({
    kind: z.literal('Workload').meta({ description: 'This file describes a workload.' }),
    version: z.literal(1).meta({ description: 'Version of the format.' }),
    name: nameField({ about: 'Name of the workload in reports.', example: 'llama-405b' }),
    description: textField({ about: 'Free text.', example: 'Pre-training at 8k context' }).optional(),
    model: modelShape,
    sequence: wholeField({ about: 'Tokens per training sequence. By default that of a public architecture; required with a configuration file or an architecture.', example: 8192, min: 1, max: 100_000_000 }).optional(),
    batch: wholeField({ about: 'Sequences per training step, all replicas together.', example: 1536, min: 1, max: batchMax }),
    microbatch: wholeField({ about: 'Sequences per microbatch.', example: 1, min: 1, max: batchMax }).prefault(1),
    precision: choiceField(precisions, { about: 'Precision of the matrix products.' }).prefault('bf16'),
    recompute: choiceField(['none', 'selective', 'full'], { about: 'Activations computed again in the backward pass to save memory.' }).prefault('none'),
    software: choiceField(asChoices(Object.keys(softwareStacks)), { about: 'Training software: what it hides under compute.' }).prefault('megatronCore'),
    parallel: parallelShape.prefault({}),
  })
  .meta({ title: 'Heliostat Workload', description: 'A training job: model, batch and parallel plan.' });

export type WorkloadDocument = z.output<typeof workloadShape>;
