// Registers the backward pass of every operation. Only training imports this file.

import { Tape } from '../src/gpu/tape.ts'
import { attentionBackward } from './attention/attention_backward.ts'
import { spatialAttentionOperation } from './attention/spatial_attention.ts'
import { temporalAttentionOperation } from './attention/temporal_attention.ts'
import { addActionOperation } from './embedding/add_action.ts'
import { addActionBackward } from './embedding/add_action_backward.ts'
import { dropFirstTokenOperation } from './embedding/drop_first_token.ts'
import { dropFirstTokenBackward } from './embedding/drop_first_token_backward.ts'
import { embeddingOperation } from './embedding/embedding.ts'
import { embeddingBackward } from './embedding/embedding_backward.ts'
import { prependTokenOperation } from './embedding/prepend_token.ts'
import { prependTokenBackward } from './embedding/prepend_token_backward.ts'
import { layerNormOperation } from './layer_norm/layer_norm.ts'
import { layerNormBackward } from './layer_norm/layer_norm_backward.ts'
import { geluOperation } from './linear/gelu.ts'
import { geluBackward } from './linear/gelu_backward.ts'
import { linearOperation } from './linear/linear.ts'
import { linearBackward } from './linear/linear_backward.ts'
import { concatRowsOperation } from './rows/concat_rows.ts'
import { concatRowsBackward } from './rows/concat_rows_backward.ts'
import { l2NormalizeOperation } from './rows/l2_normalize.ts'
import { l2NormalizeBackward } from './rows/l2_normalize_backward.ts'
import { splitRowsOperation } from './rows/split_rows.ts'
import { splitRowsBackward } from './rows/split_rows_backward.ts'
import { transposeOperation } from './rows/transpose.ts'
import { transposeBackward } from './rows/transpose_backward.ts'
import { splitHeadsOperation } from './split_heads/split_heads.ts'
import { splitHeadsBackward } from './split_heads/split_heads_backward.ts'
import { subtractCodeOperation } from './vq/subtract_code.ts'
import { subtractCodeBackward } from './vq/subtract_code_backward.ts'
import { vqStraightThroughOperation } from './vq/vq_straight_through.ts'
import { vqStraightThroughBackward } from './vq/vq_straight_through_backward.ts'

/** A Tape that knows every backward pass. */
export const createTape = (): Tape =>
  new Tape()
    .registerBackward(addActionOperation, addActionBackward)
    .registerBackward(concatRowsOperation, concatRowsBackward)
    .registerBackward(dropFirstTokenOperation, dropFirstTokenBackward)
    .registerBackward(embeddingOperation, embeddingBackward)
    .registerBackward(geluOperation, geluBackward)
    .registerBackward(l2NormalizeOperation, l2NormalizeBackward)
    .registerBackward(layerNormOperation, layerNormBackward)
    .registerBackward(linearOperation, linearBackward)
    .registerBackward(prependTokenOperation, prependTokenBackward)
    .registerBackward(spatialAttentionOperation, attentionBackward)
    .registerBackward(splitHeadsOperation, splitHeadsBackward)
    .registerBackward(splitRowsOperation, splitRowsBackward)
    .registerBackward(subtractCodeOperation, subtractCodeBackward)
    .registerBackward(temporalAttentionOperation, attentionBackward)
    .registerBackward(transposeOperation, transposeBackward)
    .registerBackward(vqStraightThroughOperation, vqStraightThroughBackward)
