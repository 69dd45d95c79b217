// Every operation's way back, in one place: what training teaches a Tape, and play never loads.

import { Tape } from '../src/gpu/tape.ts'
import { addActionOperation } from './add_action.ts'
import { attentionBackward } from './attention_backward.ts'
import { dropFirstBackward, dropFirstOperation, prependTokenBackward } from './drop_first.ts'
import { embedOperation } from './embed.ts'
import { addActionBackward, embedBackward } from './gather_backward.ts'
import { geluOperation } from './gelu.ts'
import { joinBackward, joinOperation } from './join.ts'
import { layerNormOperation } from './layer_norm.ts'
import { layerNormBackward } from './layer_norm_backward.ts'
import { linearOperation } from './linear.ts'
import { geluBackward, linearBackward } from './linear_backward.ts'
import { prependTokenOperation } from './prepend_token.ts'
import { quantiseBackward, quantiseOperation } from './quantise.ts'
import { spatialAttentionOperation } from './spatial_attention.ts'
import { splitHeadsOperation } from './split_heads.ts'
import { splitHeadsBackward } from './split_heads_backward.ts'
import { temporalAttentionOperation } from './temporal_attention.ts'
import { unitRowsBackward, unitRowsOperation } from './unit_rows.ts'

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
