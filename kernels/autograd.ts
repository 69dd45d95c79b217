// Every operation's way back, in one place: what training teaches a Tape, and play never loads.

import { Tape } from '../src/gpu/tape.ts'
import { addActionOperation } from './embedding/add_action.ts'
import { attentionBackward } from './attention/attention_backward.ts'
import { dropFirstBackward, dropFirstOperation, prependTokenBackward } from './embedding/drop_first_token.ts'
import { embedOperation } from './embedding/embedding.ts'
import { addActionBackward, embedBackward } from './embedding/embedding_backward.ts'
import { geluOperation } from './linear/gelu.ts'
import { joinBackward, joinOperation } from './rows/concat_rows.ts'
import { layerNormOperation } from './layer_norm/layer_norm.ts'
import { layerNormBackward } from './layer_norm/layer_norm_backward.ts'
import { linearOperation } from './linear/linear.ts'
import { geluBackward, linearBackward } from './linear/linear_backward.ts'
import { prependTokenOperation } from './embedding/prepend_token.ts'
import { quantiseBackward, quantiseOperation } from './vq/vq_straight_through.ts'
import { spatialAttentionOperation } from './attention/spatial_attention.ts'
import { splitHeadsOperation } from './split_heads/split_heads.ts'
import { splitHeadsBackward } from './split_heads/split_heads_backward.ts'
import { temporalAttentionOperation } from './attention/temporal_attention.ts'
import { unitRowsBackward, unitRowsOperation } from './rows/l2_normalize.ts'

/** A Tape that knows the way back through every kernel. */
export const newTape = (): Tape =>
  new Tape()
    .teach(addActionOperation, addActionBackward)
    .teach(dropFirstOperation, dropFirstBackward)
    .teach(embedOperation, embedBackward)
    .teach(geluOperation, geluBackward)
    .teach(joinOperation, joinBackward)
    .teach(layerNormOperation, layerNormBackward)
    .teach(linearOperation, linearBackward)
    .teach(prependTokenOperation, prependTokenBackward)
    .teach(quantiseOperation, quantiseBackward)
    .teach(spatialAttentionOperation, attentionBackward)
    .teach(splitHeadsOperation, splitHeadsBackward)
    .teach(temporalAttentionOperation, attentionBackward)
    .teach(unitRowsOperation, unitRowsBackward)
