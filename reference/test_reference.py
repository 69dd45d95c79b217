#!/usr/bin/env python3
"""Tests of the reference: run with `python3 reference/test_reference.py`; needs torch and numpy only, under a minute. test_training.py has those of training."""
import os
import subprocess
import sys
import tempfile
import types

import numpy as np
import torch

import action_bits
import safetensors
import test_training
from clips import Clips
from copy_init import DOWN, LEFT, SELF, init_copy, moved_from
from codebook import Codebook
from dynamics import led_into
from evaluate import evaluate_dynamics
from maskgit import MaskGitDecoder, gumbel, pcg, play
from st_transformer import FullAttention, new_caches
from patches import from_patches, to_patches
from small_model import small_model
from weights import CLASSES, load_component, save_component

HERE = os.path.dirname(os.path.abspath(__file__))


def patches_come_back_cropped(directory):
    frames = torch.rand(2, 3, 20, 27, 3)
    assert torch.equal(from_patches(to_patches(frames, 8), 20, 27, 8), frames)


def actions_tell_what_they_share_with_moves(directory):
    moves = np.array([[0, 1, 2, 4], [1, 1, 2, 3]])
    across, up = action_bits.directions(moves, 0)
    assert across.tolist() == [[0, 1, 2, 1], [1, 1, 2, 0]] and up.tolist() == [[0, 0, 0, 1], [0, 0, 0, 1]]
    fine = np.stack([across - 1.0, 0.3 * up], -1)
    assert all((a == b).all() for a, b in zip(action_bits.directions(fine, 0.2), (across, up)))
    assert action_bits.directions(fine, 0.4)[1].sum() == 0
    told, entropy = action_bits.information(across.ravel(), across.ravel())
    assert np.isclose(told, entropy) and np.isclose(entropy, 1.5)
    assert np.isclose(action_bits.information(np.tile([0, 1], 8), np.repeat([0, 1], 8))[0], 0)
    assert action_bits.accuracy(np.array([0, 0, 1, 1]), np.array([2, 2, 0, 1]), slice(None)) == 0.75


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
                value.normal_()  # relative position biases begin at 0, where an error in them would not show
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
        bias = attention.position_bias(4, 4).repeat_interleave(3, 1).repeat_interleave(3, 2)
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
    vars(config.dynamics).update(width=160, heads=5, ffn=192)
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


def worlds_of_several_codebooks_are_evaluated(directory):
    config, model = small_model(directory, codebooks=2)
    for name, module in model.items():
        save_component(os.path.join(directory, f'{name}.safetensors'), module)
    path = os.path.join(directory, 'clips.safetensors')
    safetensors.save(path, {'frames': np.random.default_rng(1).integers(0, 256, (2, 20, 20, 27, 3), np.uint8)}, {})
    args = types.SimpleNamespace(model=directory, clips=2, seeds=1, sheet=True, steps=2, temperature=None, choice_temperature=None, guidance=1, threshold=None)
    rows, numbers = evaluate_dynamics(args, config, Clips(path, config))
    assert len(rows) == 4 + 2 * 3 and 2 < numbers['crossEntropy'] < 8 and np.isfinite(numbers['delta4']), numbers  # 2 · ln 7 is chance


def play_depends_on_the_seed_alone(directory):
    config, model = small_model(directory)
    prompt, actions = torch.randint(7, (2, 2, 12)), torch.randint(3, (2, 4))
    first, again = (play(model['dynamics'], prompt, actions, config.sampling, [5, 6]) for _ in range(2))
    alone = play(model['dynamics'], prompt[1:], actions[1:], config.sampling, [6])
    assert torch.equal(first, again) and torch.equal(first[1:], alone) and first.max() < 7


def files_are_checked_against_the_config(directory):
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


def main():
    tests = (every_tokenizer_streams_exactly, full_attention_is_attention_under_a_mask, golden_variants_agree, codes_are_chosen_one_after_another, a_patch_alone_decides_its_codes,
             codes_and_latents_are_pulled_together, decoding_as_played_is_play, the_start_moves_a_picture, patches_come_back_cropped, noise_is_the_same_everywhere, actions_tell_what_they_share_with_moves,
             worlds_of_several_codebooks_are_evaluated, streaming_equals_the_whole_sequence, play_depends_on_the_seed_alone, files_are_checked_against_the_config)
    for test in (*tests, *test_training.TESTS):
        with tempfile.TemporaryDirectory() as directory:
            test(directory)
        print(f'ok  {test.__name__.replace("_", " ")}')


if __name__ == '__main__':
    main()
