// Loads and stores four consecutive elements: f16, two per 32-bit word.

alias elem4 = vec2u;

fn unpack4(four: elem4) -> vec4f { return vec4f(unpack2x16float(four.x), unpack2x16float(four.y)); }

fn pack4(four: vec4f) -> elem4 { return vec2u(pack2x16float(four.xy), pack2x16float(four.zw)); }
