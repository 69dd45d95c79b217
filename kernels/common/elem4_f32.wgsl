// Loads and stores four consecutive elements: f32.

alias elem4 = vec4f;

fn unpack4(four: elem4) -> vec4f { return four; }

fn pack4(four: vec4f) -> elem4 { return four; }
