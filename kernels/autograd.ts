// Every operation's way back, in one place: what training teaches a Tape, and play never loads.

import { Tape } from '../src/gpu/tape.ts'
import { attentionBackward } from './attention/attention_backward.ts'
import { spatialAttentionOperation } from './attention/spatial_attention.ts'
import { temporalAttentionOperation } from './attention/temporal_attention.ts'
import { addActionOperation } from './embedding/add_action.ts'
import { dropFirstTokenBackward, dropFirstTokenOperation, prependTokenBackward } from './embedding/drop_first_token.ts'
import { embeddingOperation } from './embedding/embedding.ts'
import { addActionBackward, embeddingBackward } from './embedding/embedding_backward.ts'
import { prependTokenOperation } from './embedding/prepend_token.ts'
import { layerNormOperation } from './layer_norm/layer_norm.ts'
import { layerNormBackward } from './layer_norm/layer_norm_backward.ts'
import { geluOperation } from './linear/gelu.ts'
import { linearOperation } from './linear/linear.ts'
import { geluBackward, linearBackward } from './linear/linear_backward.ts'
import { concatRowsBackward, concatRowsOperation } from './rows/concat_rows.ts'
import { l2NormalizeBackward, l2NormalizeOperation } from './rows/l2_normalize.ts'
import { splitHeadsOperation } from './split_heads/split_heads.ts'
import { splitHeadsBackward } from './split_heads/split_heads_backward.ts'
import { vqStraightThroughBackward, vqStraightThroughOperation } from './vq/vq_straight_through.ts'

/** A Tape that knows the way back through every kernel. */
export const createTape = (): Tape =>
  new Tape()
    .registerBackward(addActionOperation, addActionBackward)
    .registerBackward(dropFirstTokenOperation, dropFirstTokenBackward)
    .registerBackward(embeddingOperation, embeddingBackward)
    .registerBackward(geluOperation, geluBackward)
    .registerBackward(concatRowsOperation, concatRowsBackward)
    .registerBackward(layerNormOperation, layerNormBackward)
    .registerBackward(linearOperation, linearBackward)
    .registerBackward(prependTokenOperation, prependTokenBackward)
    .registerBackward(vqStraightThroughOperation, vqStraightThroughBackward)
    .registerBackward(spatialAttentionOperation, attentionBackward)
    .registerBackward(splitHeadsOperation, splitHeadsBackward)
    .registerBackward(temporalAttentionOperation, attentionBackward)
    .registerBackward(l2NormalizeOperation, l2NormalizeBackward)
