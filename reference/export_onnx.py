#!/usr/bin/env python3
"""A world as ONNX graphs, for the peers of the benchmark (bench/): what a user of another runtime would export.

    python3 reference/export_onnx.py WORLD_DIR OUT_DIR

dynamics.onnx   tokens i32 [1, W, S] (K = masked), actions i32 [1, W] (what led INTO each frame, -1 = nothing) -> logits [1, W, S, K]
decoder.onnx    tokens i32 [1, W, S] -> the newest frame [H, W, 3]
linear.onnx, layer_norm.onnx, attention.onnx   single operations of any shape, by ONNX's own operators

Opset 17, weights as constants in 32 bits, the whole window at once: there is no cache. Debian: python3-torch python3-onnx.
"""
import argparse
import math
import os

import onnx
import torch
from onnx import TensorProto, helper
from torch.onnx import register_custom_op_symbolic
from torch.onnx.symbolic_helper import parse_args

from weights import load_model

OPSET = 17


@parse_args('v', 'i', 'is', 'v')
def unflatten(g, x, dim, sizes, _names=None):
    """torch 1.13 knows no export of it; shapes are fixed here, so it is a Reshape."""
    shape = list(x.type().sizes())
    at = dim % len(shape)
    sizes = [shape[at] // -math.prod(sizes) if size == -1 else size for size in sizes]
    return g.op('Reshape', x, g.op('Constant', value_t=torch.tensor(shape[:at] + sizes + shape[at + 1:])))


register_custom_op_symbolic('aten::unflatten', unflatten, OPSET)


class Logits(torch.nn.Module):
    def __init__(self, dynamics):
        super().__init__()
        self.dynamics = dynamics

    def forward(self, tokens, actions):
        return self.dynamics(tokens, actions.long())


class NewestFrame(torch.nn.Module):
    def __init__(self, tokenizer):
        super().__init__()
        self.tokenizer = tokenizer

    def forward(self, tokens):
        return self.tokenizer.decode(tokens.long())[0, -1]


def export(module, inputs, path, names):
    torch.onnx.export(module, inputs, path, opset_version=OPSET, input_names=names, output_names=['y'], do_constant_folding=True)


def operation(path, nodes, inputs, rank):
    floats = lambda name, n: helper.make_tensor_value_info(name, TensorProto.FLOAT, [f'{name}{i}' for i in range(n)])
    graph = helper.make_graph(nodes, 'operation', [floats(name, n) for name, n in inputs.items()], [floats('y', rank)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], producer_name='djinn')
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('world')
    parser.add_argument('out')
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    path = lambda name: os.path.join(args.out, f'{name}.onnx')
    config, model = load_model(args.world, components=['tokenizer', 'dynamics'])
    positions = model['dynamics'].position.shape[0]
    tokens = lambda window: torch.zeros(1, window, positions, dtype=torch.int32)
    window = config.dynamics.window
    with torch.no_grad():
        export(Logits(model['dynamics']), (tokens(window), torch.zeros(1, window, dtype=torch.int32)), path('dynamics'), ['tokens', 'actions'])
        export(NewestFrame(model['tokenizer']), (tokens(config.tokenizer.window),), path('decoder'), ['tokens'])

    node = helper.make_node
    operation(path('linear'), [node('MatMul', ['x', 'w'], ['xw']), node('Add', ['xw', 'b'], ['y'])], {'x': 2, 'w': 2, 'b': 1}, 2)
    operation(path('layer_norm'), [node('LayerNormalization', ['x', 'w', 'b'], ['y'], axis=-1, epsilon=1e-5)], {'x': 2, 'w': 1, 'b': 1}, 2)
    # q already divided by sqrt(d); q, k and v are [heads, S, d]
    attention = [node('Transpose', ['k'], ['kt'], perm=[0, 2, 1]), node('MatMul', ['q', 'kt'], ['scores']), node('Softmax', ['scores'], ['weights'], axis=-1)]
    operation(path('attention'), [*attention, node('MatMul', ['weights', 'v'], ['y'])], {'q': 3, 'k': 3, 'v': 3}, 3)
    for name in sorted(os.listdir(args.out)):
        print(f'{name}: {os.path.getsize(os.path.join(args.out, name))} bytes')


if __name__ == '__main__':
    main()
