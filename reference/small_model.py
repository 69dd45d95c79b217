"""A small model of random weights, for tests."""
import json
import os

import torch

from config import load_config
from weights import CLASSES

SIZES = {
    'format': 'genie-1', 'name': 'test', 'frame': {'height': 20, 'width': 27, 'rate': 10.2},
    'tokenizer': {'patch': 8, 'width': 48, 'heads': 2, 'ffn': 33, 'encoder_layers': 1, 'decoder_layers': 1, 'window': 3, 'codes': 7, 'code_width': 12},
    'latent_action': {'patch': 8, 'width': 64, 'heads': 2, 'ffn': 33, 'encoder_layers': 2, 'decoder_layers': 1, 'window': 2, 'actions': 3, 'code_width': 6},
    'dynamics': {'width': 48, 'heads': 2, 'ffn': 33, 'layers': 2, 'window': 3, 'qk_norm': True},
    'sampling': {'steps': 5, 'temperature': 1.0, 'choice_temperature': 1.0, 'guidance': 1.5},
}


def small_model(directory, variant='st-vivit', seen='pixels', **tokenizer):
    """Writes config.json into `directory` -> (config, {component: module of random weights, the same every time})"""
    path = os.path.join(directory, 'config.json')
    sizes = {**SIZES, 'tokenizer': {**SIZES['tokenizer'], 'variant': variant, **tokenizer}, 'latent_action': {**SIZES['latent_action'], 'input': seen}}
    with open(path, 'w') as file:
        json.dump(sizes, file)
    config = load_config(path)
    torch.manual_seed(1)
    return config, {name: kind(config).double().eval() for name, kind in CLASSES.items()}
