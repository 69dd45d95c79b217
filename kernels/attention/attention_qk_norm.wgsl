// QK-norm where attention reads heads as a linear layer left them: the factor of a head whose squares add up to the components of
// `squares`. The weights per channel are not part of it.

fn inverse_rms(squares: vec4f) -> f32 { return 1.0 / sqrt(dot(squares, vec4f(1.0)) / f32(head_width) + 1e-6); }
