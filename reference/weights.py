"""Components to and from their files. state_dict keys ARE the tensor names of model.md, so this is only checking."""
import os

import torch

import safetensors
from config import COMPONENTS, load_config
from dynamics import Dynamics
from latent_action import LatentAction
from tokenizer import Tokenizer

CLASSES = {'tokenizer': Tokenizer, 'latent_action': LatentAction, 'dynamics': Dynamics}
TORCH_TYPES = {'f32': torch.float32, 'f16': torch.float16}


def load_component(directory, component, config=None, dtype=torch.float32):
    """-> the module, in `dtype`; 16-bit weights are widened before any arithmetic."""
    config = config or load_config(os.path.join(directory, 'config.json'))
    path = os.path.join(directory, f'{component}.safetensors')
    module = CLASSES[component](config)
    tensors, _ = safetensors.load(path)
    for name, expected in module.state_dict().items():
        if name not in tensors:
            raise ValueError(f'{path}: {name} is missing')
        if tensors[name].shape != tuple(expected.shape):
            raise ValueError(f'{path}: {name} is {list(tensors[name].shape)}, config.json implies {list(expected.shape)}')
    spare = set(tensors) - set(module.state_dict())
    if spare:
        raise ValueError(f'{path}: {sorted(spare)[0]} is not a tensor of the {component}')
    module.to(dtype).load_state_dict({name: torch.from_numpy(array.copy()).to(dtype) for name, array in tensors.items()})
    return module.eval()


def load_model(directory, dtype=torch.float32, components=COMPONENTS):
    """-> (config, {component: module})"""
    config = load_config(os.path.join(directory, 'config.json'))
    return config, {name: load_component(directory, name, config, dtype) for name in components}


def load_latent_action(directory, config, dtype=torch.float32):
    """-> (the latent action model, a function from frames to its input: the frames, or the tokenizer's codes)"""
    lam = load_component(directory, 'latent_action', config, dtype)
    return lam, load_component(directory, 'tokenizer', config, dtype).encode if lam.of_tokens else lambda frames: frames


def save_component(path, module, dtype='f32'):
    tensors = {name: value.detach().cpu().to(TORCH_TYPES[dtype]).numpy() for name, value in module.state_dict().items()}
    safetensors.save(path, tensors, {'format': 'genie-1'})
