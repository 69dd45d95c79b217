#!/usr/bin/env python3
"""What holds of the reference: run with `python3 reference/test_reference.py`; needs torch and numpy only, under a minute."""
import json
import os
import subprocess
import sys
import tempfile
import types

import numpy as np
import torch

import safetensors
from config import load_config
from maskgit import Player, gumbel, pcg, play
from moving import directions
from patches import from_patches, to_patches
from weights import CLASSES, load_component, save_component

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = {
    'format': 'genie-1', 'name': 'test', 'frame': {'height': 20, 'width': 27, 'rate': 10},
    'tokenizer': {'patch': 8, 'width': 48, 'heads': 2, 'ffn': 33, 'encoder_layers': 1, 'decoder_layers': 1, 'window': 3, 'codes': 7, 'code_width': 12},
    'latent_action': {'patch': 8, 'width': 64, 'heads': 2, 'ffn': 33, 'encoder_layers': 2, 'decoder_layers': 1, 'window': 2, 'actions': 3, 'code_width': 6},
    'dynamics': {'width': 48, 'heads': 2, 'ffn': 33, 'layers': 2, 'window': 3, 'qk_norm': True},
    'sampling': {'steps': 5, 'temperature': 1.0, 'choice_temperature': 1.0, 'guidance': 1.5},
}


def small_model(directory):
    path = os.path.join(directory, 'config.json')
    with open(path, 'w') as file:
        json.dump(SIZES, file)
    config = load_config(path)
    torch.manual_seed(1)
    return config, {name: kind(config).double().eval() for name, kind in CLASSES.items()}


def patches_come_back_cropped(directory):
    frames = torch.rand(2, 3, 20, 27, 3)
    assert torch.equal(from_patches(to_patches(frames, 8), 20, 27, 8), frames)


def noise_is_the_same_everywhere(directory):
    assert pcg(torch.tensor([0, 1, 0xFFFFFFFF])).tolist() == [129708002, 2831084092, pcg_by_hand(0xFFFFFFFF)]
    assert gumbel(torch.tensor([7]), 3, 1, [2], 4).isfinite().all()


def pcg_by_hand(v):
    state = (v * 747796405 + 2891336453) % 2**32
    word = ((state >> ((state >> 28) + 4)) ^ state) * 277803737 % 2**32
    return (word >> 22) ^ word


def streaming_equals_the_whole_sequence(directory):
    _, model = small_model(directory)
    tokens, actions = torch.randint(7, (1, 9, 12)), torch.randint(3, (1, 9))
    player = Player(model['dynamics'], types.SimpleNamespace(guidance=1), [1])
    with torch.no_grad():
        whole = model['dynamics'](tokens, actions)
        for t in range(9):
            assert torch.allclose(player.logits(tokens[:, t:t + 1], actions[:, t:t + 1]), whole[:, t], atol=1e-10)
            player.keep(tokens[:, t:t + 1], actions[:, t:t + 1])


def play_depends_on_the_seed_alone(directory):
    config, model = small_model(directory)
    prompt, actions = torch.randint(7, (2, 2, 12)), torch.randint(3, (2, 4))
    first, again = (play(model['dynamics'], prompt, actions, config.sampling, [5, 6]) for _ in range(2))
    alone = play(model['dynamics'], prompt[1:], actions[1:], config.sampling, [6])
    assert torch.equal(first, again) and torch.equal(first[1:], alone) and first.max() < 7


def files_are_held_to_the_config(directory):
    config, model = small_model(directory)
    path = os.path.join(directory, 'tokenizer.safetensors')
    save_component(path, model['tokenizer'])
    load_component(directory, 'tokenizer', config)
    tensors, _ = safetensors.load(path)
    safetensors.save(path, {**tensors, 'codebook': np.zeros((6, 5), np.float32)})
    try:
        load_component(directory, 'tokenizer', config)
    except ValueError as error:
        assert 'codebook is [6, 5], config.json implies [7, 12]' in str(error)
    else:
        raise AssertionError('a wrong shape passed')


def a_pan_and_a_leap_are_told_apart(directory):
    rng = np.random.default_rng(1)
    wall = np.repeat(np.repeat(rng.random((16, 40, 3)), 4, 0), 4, 1)
    frames = np.full((4, 64, 64, 3), 0.5, np.float32)
    for t, (pan, height) in enumerate([(0, 20), (4, 20), (8, 12), (8, 4)]):  # the camera goes right, then right, then stays
        frames[t, 32:] = wall[32:, pan + 20:pan + 84]
        frames[t, height:height + 8, 28:36] = [1, 0, 0]
    assert directions(torch.from_numpy(frames)[None]).tolist() == [[1, 0], [1, 1], [0, 1]]


def training_resumes_where_it_was(directory):
    small_model(directory)
    clips = os.path.join(directory, 'clips.safetensors')
    frames = np.random.default_rng(1).integers(256, size=(3, 6, 20, 27, 3)).astype(np.uint8)
    safetensors.save(clips, {'frames': frames})

    def train(out, steps, *more):
        command = [sys.executable, os.path.join(HERE, 'train.py'), 'tokenizer', '--data', clips, '--config', os.path.join(directory, 'config.json')]
        subprocess.run([*command, '--out', os.path.join(directory, out), '--steps', str(steps), '--constant', '--batch', '2', *more], check=True, capture_output=True)
        return safetensors.load(os.path.join(directory, out, 'tokenizer.safetensors'))[0]

    whole = train('whole', 6)
    train('halves', 3)
    halves = train('halves', 6, '--resume')
    assert all(np.array_equal(whole[name], halves[name]) for name in whole)


def main():
    for test in (patches_come_back_cropped, noise_is_the_same_everywhere, streaming_equals_the_whole_sequence, play_depends_on_the_seed_alone,
                 files_are_held_to_the_config, a_pan_and_a_leap_are_told_apart, training_resumes_where_it_was):
        with tempfile.TemporaryDirectory() as directory:
            test(directory)
        print(f'ok  {test.__name__.replace("_", " ")}')


if __name__ == '__main__':
    main()
