// QK-norm where attention reads heads as a linear layer wrote them: the factor of a head, by the sum of its squares. The weights per
// channel are not part of it.

fn inverse_rms(squares: vec4f) -> vec4f { return 1.0 / sqrt(squares / f32(head_width) + 1e-6); }
