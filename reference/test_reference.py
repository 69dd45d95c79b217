#!/usr/bin/env python3
"""Tests of the reference: run with `python3 reference/test_reference.py`; needs torch and numpy only, under a minute."""
import json
import os
import subprocess
import sys
import tempfile
import types

import numpy as np
import torch

import safetensors
from action_codes import ActionCodes, discover
from copy_init import DOWN, LEFT, SELF, init_copy, moved_from
from codebook import Codebook
from config import load_config
from linear_operators import Generators, Operators, assign_evenly, choose_two, own_motion
from dynamics import led_into
from maskgit import MaskGitDecoder, gumbel, pcg, play
from initialisation import fit_head
from st_transformer import FullAttention, new_caches
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


def small_model(directory, variant='st-vivit', seen='pixels', **tokenizer):
    path = os.path.join(directory, 'config.json')
    sizes = {**SIZES, 'tokenizer': {**SIZES['tokenizer'], 'variant': variant, **tokenizer}, 'latent_action': {**SIZES['latent_action'], 'input': seen}}
    with open(path, 'w') as file:
        json.dump(sizes, file)
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
    decoder = MaskGitDecoder(model['dynamics'], types.SimpleNamespace(guidance=1), [1])
    with torch.no_grad():
        whole = model['dynamics'](tokens, actions)
        for t in range(9):
            assert torch.allclose(decoder.logits(decoder.hidden(tokens[:, t:t + 1], actions[:, t:t + 1])), whole[:, t], atol=1e-10)
            decoder.append(tokens[:, t:t + 1], actions[:, t:t + 1])


def every_tokenizer_streams_exactly(directory):
    frames = torch.rand(1, 7, 20, 27, 3).double()
    for variant in ('st-vivit', 'vit', 'c-vivit'):
        tokenizer = small_model(directory, variant)[1]['tokenizer']
        with torch.no_grad():
            for _, value in (pair for pair in tokenizer.named_parameters() if pair[0].endswith('.bias')):
                value.normal_()  # age biases begin at 0, where an error in them would not show
            whole, caches, codes = tokenizer.latents(frames), new_caches(tokenizer.encoder.blocks), torch.randint(7, (1, 7, 12))
            drawn, past = tokenizer.decode(codes), new_caches(tokenizer.decoder.blocks)
            for t in range(7):
                assert torch.allclose(tokenizer.latents(frames[:, t:t + 1], caches), whole[:, t:t + 1], atol=1e-10)
                assert torch.allclose(tokenizer.decode(codes[:, t:t + 1], past), drawn[:, t:t + 1], atol=1e-10)
                for cache in caches + past:
                    cache.append()
            changed = frames.clone()
            changed[:, 0] = 0
            reach = (tokenizer.latents(changed) - whole).abs().amax(dim=(0, 2, 3)) > 1e-12
            assert reach.tolist() == [t < (1 if variant == 'vit' else 3) for t in range(7)]  # one layer, a window of 3


def full_attention_is_attention_under_a_mask(directory):
    torch.manual_seed(1)
    attention, x = FullAttention(12, 2, False, 2).double(), torch.randn(1, 4, 3, 12).double()
    with torch.no_grad():
        attention.bias.normal_()
        q, k, v = (part.flatten(1, 2).transpose(1, 2) for part in attention.project(x))  # [B, h, T·S, d]
        bias = attention.age_bias(4, 4).repeat_interleave(3, 1).repeat_interleave(3, 2)
        expected = attention.out((torch.softmax(q @ k.transpose(-1, -2) + bias, dim=-1) @ v).transpose(1, 2).flatten(-2)).unflatten(1, (4, 3))
        assert torch.allclose(attention(x), expected, atol=1e-12)


def golden_variants_agree(directory):
    for name in ('vit', 'c-vivit', 'codebooks'):
        folder = os.path.join(HERE, '..', 'test', 'golden', name)
        subprocess.run([sys.executable, os.path.join(HERE, 'check.py'), folder, os.path.join(folder, 'reference.safetensors')], check=True, capture_output=True)


def codes_are_chosen_one_after_another(directory):
    tokenizer = small_model(directory, codebooks=3)[1]['tokenizer']
    z = torch.randn(40, 12).double()
    left = z.clone()
    for n, e in enumerate(tokenizer.codebook.detach().split(7)):
        code = torch.cdist(left, e).argmin(-1)
        assert torch.equal(tokenizer.nearest(z)[:, n], code)
        left = left - e[code]
    assert torch.allclose(tokenizer.unit_code(tokenizer.nearest(z)), z - left, atol=1e-12)


def a_patch_alone_decides_its_codes(directory):
    tokenizer = small_model(directory, codebooks=2, encoder='patch')[1]['tokenizer']
    frames = torch.rand(1, 1, 20, 24, 3).double()
    frames = torch.cat([frames, frames[:, :, :, -3:]], dim=3)  # 27 wide: the last column of patches is padded
    scrolled = frames.roll(-8, 3)
    codes, later = (tokenizer.encode(clip).unflatten(2, (3, 4)) for clip in (frames, scrolled))
    assert torch.equal(codes[:, :, :, 1:3], later[:, :, :, :2])


def codes_and_latents_are_pulled_together(directory):
    tokenizer = small_model(directory, codebooks=2)[1]['tokenizer']
    z = torch.randn(40, 12).double().requires_grad_()
    _, codes, loss = tokenizer.quantise(z)
    loss.backward()
    left = z.detach()
    for n, e in enumerate(tokenizer.codebook.detach().split(7)):
        chosen = torch.nn.functional.one_hot(codes[:, n], 7).double()
        assert torch.allclose(tokenizer.codebook.grad.split(7)[n], 2 * (chosen.sum(0)[:, None] * e - chosen.T @ left) / 40, atol=1e-12)
        left = left - e[codes[:, n]]
    assert torch.allclose(z.grad, 0.25 * 2 * left / 40, atol=1e-12)  # the commitment alone


def decoding_as_played_is_play(directory):
    _, model = small_model(directory, codebooks=2)
    dynamics, tokens, actions = model['dynamics'], torch.randint(7, (1, 6, 12, 2)), torch.randint(3, (1, 5))
    masked = torch.rand(1, 6, 12) < 0.7
    masked[:, 0] = False
    with torch.no_grad():
        decoder, led, losses = MaskGitDecoder(dynamics, types.SimpleNamespace(guidance=1), [1]), led_into(actions), []
        for t in range(6):
            hidden = dynamics.hidden(dynamics.hide(tokens, masked)[:, t:t + 1], led[:, t:t + 1], decoder.caches)[:, 0]
            for n in range(2):
                logits = dynamics.logits(hidden, n, tokens[:, t, :, :n].unbind(-1))
                losses.append(-torch.log_softmax(logits, -1).gather(-1, tokens[:, t, :, n, None])[..., 0][masked[:, t]])
            decoder.append(tokens[:, t:t + 1], led[:, t:t + 1])
        assert torch.allclose(dynamics.loss_as_played(tokens, actions, masked)[0], torch.cat(losses).sum() / masked.sum(), atol=1e-10)


def the_start_moves_a_picture(directory):
    config = small_model(directory, codebooks=2, codes=16, code_width=4, patch=4)[0]
    config.frame.height = config.frame.width = 48
    vars(config.dynamics).update(width=160, heads=5, ffn=64)
    dynamics, codes, spread = CLASSES['dynamics'](config).eval(), Codebook(16, 4, 2), torch.tensor([1, 0.7, 0.4, 0.01])  # as of principal components
    codes.codebook.data = torch.cat([size * torch.randn(16, 4) * spread for size in (0.7, 0.2)])
    grid = codes.nearest(torch.randn(3, 12, 12, 4) * spread)
    moved = torch.stack([grid[0], grid[1].roll(1, 1), grid[2].roll(-1, 0)])  # stays, goes right, goes up
    tokens, actions = torch.stack([grid, moved], 1).flatten(2, 3), torch.arange(3)[:, None]
    moves = moved_from(tokens[..., 0].numpy(), actions.numpy(), 3, 12)
    assert moves == [SELF, LEFT, DOWN]
    dynamics.action_codebook.copy_(torch.randn(3, 6))
    with torch.no_grad():
        init_copy(dynamics, codes.vectors(), moves, 12, (tokens, led_into(actions)))
        sampling = types.SimpleNamespace(steps=1, temperature=0, choice_temperature=0, guidance=1)
        played = play(dynamics, tokens[:, :1], actions, sampling, [1, 2, 3])[:, 1].unflatten(1, (12, 12))
    right = (played == moved)[:, 1:-1, 1:-1].double().mean((1, 2, 3))
    assert right.min() > 0.9, right


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


def assignment_is_even(directory):
    errors = torch.rand(64, 8) * torch.linspace(0.5, 2, 8)  # the first would win nearly always
    assert torch.bincount(errors.argmin(1), minlength=8).max() > 20
    assert 5 <= torch.bincount(assign_evenly(errors), minlength=8).min() and torch.bincount(assign_evenly(errors), minlength=8).max() <= 11


def two_operators_explain_a_transition(directory):
    errors = torch.full((2, 6, 4), 0.5)
    errors[0, :4, 2], errors[0, 4:, 1] = 0, 0.1  # operator 2 explains four blocks, 1 the others
    errors[1, :, 3] = 0.001  # 3 explains all
    weights = torch.ones(2, 6)
    a, b, share = choose_two(errors, weights)
    assert a.tolist() == [2, 3] and b[0] == 1
    assert (share[0] > 0.9).tolist() == [True] * 4 + [False] * 2
    b, own = own_motion(errors[torch.arange(2), :, a], errors, weights, 0.25)
    assert b[0] == 1 and own.tolist() == [True, False]


def generators_learn_small_motions(directory):
    rng = np.random.default_rng(3)
    generators, rows = Generators(2, 3, rng), torch.arange(4, 28).view(1, -1, 1).expand(8, -1, 4)
    columns, amounts = torch.arange(4, 8).expand(8, 24, -1), torch.from_numpy(rng.standard_normal((8, 2)).astype(np.float32))
    kernels = torch.zeros(2, 7, 7)  # of small motions down and across
    kernels[0, 2, 3], kernels[0, 4, 3], kernels[1, 3, 2], kernels[1, 3, 4] = -0.05, 0.05, -0.05, 0.05
    truth = Generators(2, 3)
    truth.weight = kernels.flatten(1)
    for _ in range(10):
        before = torch.from_numpy(rng.random((8, 32, 32)).astype(np.float32))
        after = truth.apply(before, amounts)
        windows, changes = generators.samples(before, after, (rows, columns))
        generators.learn(windows, changes, *generators.amounts(windows, changes, torch.ones(8, 24)))
    found, _ = generators.amounts(windows, changes, torch.ones(8, 24))
    assert (generators.apply(before, found) - after).abs().max() < 0.1 * (after - before).abs().max()
    assert torch.allclose(found @ generators.moments(), amounts @ truth.moments(), atol=0.02)


def operators_learn_what_moves_a_picture(directory):
    rng = np.random.default_rng(3)
    operators, rows = Operators(2, 3, rng), torch.arange(4, 28).view(1, -1, 1).expand(8, -1, 4)
    columns = torch.arange(4, 8).expand(8, 24, -1)
    for _ in range(8):
        before = torch.from_numpy(rng.random((8, 32, 32)).astype(np.float32))
        after = torch.cat([before[:4].roll(2, 2), before[4:].roll(-1, 1)])  # two columns to the right; one row up
        where = (torch.arange(8)[:, None, None], rows, columns)
        fit_weights = torch.zeros(8, 24, 2)
        fit_weights[:4, :, 0], fit_weights[4:, :, 1] = 1, 1
        operators.learn(operators.windows(before, rows, columns), after[where] - before[where], fit_weights)
    assert torch.allclose(operators.moments(), torch.tensor([[0.0, -2.0], [1.0, 0.0]]), atol=0.1)
    assert torch.allclose(operators.apply(before, torch.tensor([0] * 4 + [1] * 4))[:, 8:24, 8:24], after[:, 8:24, 8:24], atol=0.1)


def toy_clips(moves):
    """moves [N, T-1, 2]: how far the picture goes (-1, 0, 1 times 3 columns) and how far a square in it goes (times 4 rows) -> u8 [N, T, 32, 32, 3]"""
    rng = np.random.default_rng(4)
    frames = np.zeros((len(moves), moves.shape[1] + 1, 32, 32, 3), np.uint8)
    for clip, steps in zip(frames, moves):
        wall = np.repeat(np.repeat(rng.integers(40, 200, (16, 64, 3)), 2, 0), 2, 1)
        square = rng.integers(0, 256, (8, 8, 3))
        column, row = 48, 12
        for t, frame in enumerate(clip):
            frame[:] = wall[:, column:column + 32]
            frame[row:row + 8, 12:20] = square
            if t < len(steps):
                column, row = column + 3 * steps[t, 0], int(np.clip(row + 4 * steps[t, 1], 4, 20))
    return frames


def actions_are_found_in_raw_video(directory):
    moves = np.random.default_rng(5).integers(-1, 2, (48, 8, 2))
    codes = discover(toy_clips(moves), 3, 1, say=lambda text: None)
    codes.save(os.path.join(directory, 'codes.safetensors'))
    held_out = np.random.default_rng(6).integers(-1, 2, (12, 8, 2))
    frames = toy_clips(held_out)
    found = ActionCodes.load(os.path.join(directory, 'codes.safetensors')).encode(frames)
    assert np.array_equal(found, codes.encode(frames))
    table = np.zeros((3, 3), int)
    np.add.at(table, (found.ravel(), held_out[..., 0].ravel() + 1), 1)
    assert table.max(1).sum() > 0.9 * table.sum(), table


def train(directory, component, out, steps, *more):
    """On a few clips of noise, by the config.json of `directory` -> the tensors"""
    clips = os.path.join(directory, 'clips.safetensors')
    safetensors.save(clips, {'frames': np.random.default_rng(1).integers(256, size=(3, 6, 20, 27, 3)).astype(np.uint8)})
    command = [sys.executable, os.path.join(HERE, 'train.py'), component, '--data', clips, '--config', os.path.join(directory, 'config.json')]
    subprocess.run([*command, '--out', os.path.join(directory, out), '--steps', str(steps), '--constant', '--batch', '2', *more], check=True, capture_output=True)
    return safetensors.load(os.path.join(directory, out, f'{component}.safetensors'))[0]


def a_fitted_head_classifies_its_features(directory):
    features = 2 + torch.randn(300, 5)
    codes = torch.where(features[:, 0] > features[:, 1], 0, torch.where(features[:, 1] > features[:, 2], 1, 2))
    head = torch.nn.Linear(5, 4)
    fit_head(head, features, codes, 3)
    assert (head(features)[:, :3].argmax(-1) == codes).double().mean() > 0.8


def some_codes(folder):
    """Action codes of random operators, so that a test need not find any"""
    codes = ActionCodes(Operators(4, 2, np.random.default_rng(1)), Generators(2, 3, np.random.default_rng(2)), [1], np.ones(4, np.float32), np.array([[1], [0], [-1]]))
    codes.save(os.path.join(folder, 'action_codes.safetensors'))


def variants_train(directory):
    small_model(directory, 'c-vivit')
    assert train(directory, 'tokenizer', 'c-vivit', 2)['encoder.blocks.0.full.bias'].any()
    small_model(directory, 'vit', 'tokens')
    train(directory, 'tokenizer', 'vit', 2)
    some_codes(os.path.join(directory, 'vit'))
    lam = train(directory, 'latent_action', 'vit', 2)
    assert lam['decoder.head.weight'].shape == (7, 64) and lam['decoder.head.bias'].any()


def dynamics_trains_on_what_the_encoder_infers(directory):
    small_model(directory)
    train(directory, 'tokenizer', 'world', 2)
    some_codes(os.path.join(directory, 'world'))
    lam = train(directory, 'latent_action', 'world', 2)
    dynamics = train(directory, 'dynamics', 'world', 2, '--frames', '4')
    assert np.array_equal(dynamics['action_codebook'], lam['codebook'])
    assert np.load(os.path.join(directory, 'world', 'clips.safetensors.latent_action.npy')).shape == (3, 5)


def training_resumes_where_it_was(directory):
    small_model(directory)
    whole = train(directory, 'tokenizer', 'whole', 6)
    train(directory, 'tokenizer', 'halves', 3)
    halves = train(directory, 'tokenizer', 'halves', 6, '--resume')
    assert all(np.array_equal(whole[name], halves[name]) for name in whole)


def main():
    for test in (every_tokenizer_streams_exactly, full_attention_is_attention_under_a_mask, golden_variants_agree, codes_are_chosen_one_after_another, a_patch_alone_decides_its_codes, codes_and_latents_are_pulled_together, decoding_as_played_is_play, the_start_moves_a_picture, patches_come_back_cropped, noise_is_the_same_everywhere, streaming_equals_the_whole_sequence, play_depends_on_the_seed_alone,
                 files_are_held_to_the_config, assignment_is_even, two_operators_explain_a_transition, operators_learn_what_moves_a_picture, generators_learn_small_motions, actions_are_found_in_raw_video, a_fitted_head_classifies_its_features, variants_train,
                 dynamics_trains_on_what_the_encoder_infers, training_resumes_where_it_was):
        with tempfile.TemporaryDirectory() as directory:
            test(directory)
        print(f'ok  {test.__name__.replace("_", " ")}')


if __name__ == '__main__':
    main()
