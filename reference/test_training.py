"""Tests of training, which test_reference.py runs: finding action codes, initial weights, the recipes, resuming."""
import os
import subprocess
import sys

import numpy as np
import torch

import safetensors
from action_codes import TransitionCoder, discover
from initialisation import fit_head
from linear_operators import Generators, Operators, assign_evenly, choose_two, neighbourhoods_of, object_motion
from recipe_latent_action import LatentActionRecipe, other_colours
from small_model import small_model
from trainer import compile_blocks

HERE = os.path.dirname(os.path.abspath(__file__))


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
    b, own = object_motion(errors[torch.arange(2), :, a], errors, weights, 0.25)
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
        neighbourhoods, changes = generators.samples(before, after, (rows, columns))
        generators.learn(neighbourhoods, changes, *generators.coefficients(neighbourhoods, changes, torch.ones(8, 24)))
    found, _ = generators.coefficients(neighbourhoods, changes, torch.ones(8, 24))
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
        operators.learn(neighbourhoods_of(before, rows, columns, operators.radius), after[where] - before[where], fit_weights)
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
    found = TransitionCoder.load(os.path.join(directory, 'codes.safetensors')).encode(frames)
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
    codes = TransitionCoder(Operators(4, 2, np.random.default_rng(1)), Generators(2, 3, np.random.default_rng(2)), [1], np.ones(4, np.float32), np.array([[1], [0], [-1]]))
    codes.save(os.path.join(folder, 'action_codes.safetensors'))


def other_colours_move_alike(directory):
    frames = torch.rand(6, 3, 5, 4, 3)
    other = other_colours(frames, np.random.default_rng(1))
    for part in (lambda f: f - 0.5, lambda f: f[:, 1:] - f[:, :-1]):  # colours, and what moves
        assert torch.allclose(part(other).abs().sort(-1).values, part(frames).abs().sort(-1).values, atol=1e-6)
    assert not torch.allclose(other, frames) and 0 <= other.min() and other.max() <= 1
    first, last = (torch.linalg.lstsq(frames[:, t].flatten(1, 2) - 0.5, other[:, t].flatten(1, 2) - 0.5).solution for t in (0, 2))
    assert torch.allclose(first, last, atol=1e-4) and len({tuple(mix.round().flatten().tolist()) for mix in first}) > 3


def variants_train(directory):
    small_model(directory, 'c-vivit')
    assert train(directory, 'tokenizer', 'c-vivit', 2)['encoder.blocks.0.full.bias'].any()
    small_model(directory, 'vit', 'tokens')
    train(directory, 'tokenizer', 'vit', 2)
    some_codes(os.path.join(directory, 'vit'))
    lam = train(directory, 'latent_action', 'vit', 2)
    assert lam['decoder.head.weight'].shape == (7, 64) and lam['decoder.head.bias'].any()


def more_actions_than_dimensions_are_refused(directory):
    config, _ = small_model(directory)
    config.latent_action.actions = 7  # of codes of 6 numbers
    try:
        LatentActionRecipe(config, None, None)
    except ValueError as error:
        assert 'latent_action.actions is 7, but its codes have 6 dimensions: give at most 6 actions' in str(error)
    else:
        raise AssertionError('seven actions passed')


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


def fast_blocks_give_about_the_same_gradients(directory):
    if not hasattr(getattr(torch, 'compiler', None), 'set_stance'):
        print('not tested here: --fast without its compiler needs torch 2.6')
        return
    config, model = small_model(directory)
    dynamics = model['dynamics'].float()
    tokens, actions, masked = torch.randint(7, (2, 4, 12)), torch.randint(3, (2, 3)), torch.rand(2, 4, 12) < 0.5

    def step():
        dynamics.zero_grad()
        loss, _ = dynamics.loss(tokens, actions, masked)
        loss.backward()
        return float(loss), torch.cat([p.grad.flatten() for p in dynamics.parameters() if p.grad is not None])

    loss, gradient = step()
    compile_blocks(dynamics, 'cpu')
    with torch.compiler.set_stance('force_eager'):  # the numbers, without a compiler
        fast, close = step()
    assert close.dtype == torch.float32 and fast != loss, 'the blocks did not multiply in bfloat16'
    assert abs(fast - loss) < 0.01 * loss and (close - gradient).norm() < 0.03 * gradient.norm()


def scrolling_pictures_move_as_their_actions_say(directory):
    try:
        from PIL import Image
        from scrolling_pictures import PACE, VIEW, Drawings, clip, scroll
    except ImportError:
        print('not tested here: pictures need Pillow')
        return
    none, seen = Drawings(os.path.join(directory, 'none')), set()
    for i in range(5):
        frames, actions = clip(np.random.default_rng((1, i)), none, None)
        assert np.array_equal(frames, clip(np.random.default_rng((1, i)), none, None)[0])
        for before, after, action in zip(frames, frames[1:], actions):
            down, right = (PACE * step for step in VIEW[action])
            kept = np.roll(before, (-down, -right), (0, 1)) == after
            assert kept[max(0, -down):64 - max(0, down), max(0, -right):64 - max(0, right)].all()
            seen.add(action)
    assert len(seen) == len(VIEW)
    world = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    assert np.array_equal(scroll(np.random.default_rng(2), world)[0][0], world), 'the first frame does not show the picture itself'
    for i in range(5):
        frames, _ = scroll(np.random.default_rng((2, i)), world, back=1)
        assert any(np.array_equal(frame, world) for frame in frames[2:7:2]), 'the first move is not taken back'

    folder = os.path.join(directory, 'drawings')
    os.makedirs(folder)
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (40, 40, 4), np.uint8)).save(os.path.join(folder, 'a.png'))
    drawings, games = Drawings(folder), np.zeros((1, 1, 64, 64, 3), np.uint8)
    stays = [(np.ptp(clip(np.random.default_rng((4, i)), drawings, games)[0], 0).sum(-1) == 0).mean() for i in range(12)]
    assert len(drawings.names) == 1 and min(stays) < 0.05 < max(stays), stays  # with figures, and without


TESTS = (assignment_is_even, two_operators_explain_a_transition, operators_learn_what_moves_a_picture, generators_learn_small_motions, actions_are_found_in_raw_video,
         a_fitted_head_classifies_its_features, other_colours_move_alike, more_actions_than_dimensions_are_refused, variants_train, dynamics_trains_on_what_the_encoder_infers, training_resumes_where_it_was,
         fast_blocks_give_about_the_same_gradients, scrolling_pictures_move_as_their_actions_say)
