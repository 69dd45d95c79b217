// QK-norm: a head of q or k is multiplied by 1 / √(mean square + 1e-6), then by a weight per channel.

fn inverse_rms(squares: f32) -> f32 { return 1.0 / sqrt(squares / f32(params.head_width) + 1e-6); }
