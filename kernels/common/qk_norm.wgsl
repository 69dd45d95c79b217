// QK-norm: a head of q or k is multiplied by 1 / √(mean square + 1e-6), then by a weight per channel. This is the first factor, of four
// heads of d channels by the sums of their squares.

fn inverse_rms(squares: vec4f, d: u32) -> vec4f { return 1.0 / sqrt(squares / f32(d) + 1e-6); }
