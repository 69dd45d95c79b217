"""How the tokenizer is trained (pilot.md): PCA start, a plain autoencoder first, codes by k-means++, dead codes re-seeded."""
import torch

from clips import Clips
from codebook import unit
from changes import change_weights
from patches import to_patches
from starts import patch_pca, reseed, shrink_outputs, spread_codes, start_patch_in, start_patch_out
from tokenizer import Tokenizer
from trainer import cosine

PLAIN_STEPS = 300  # as an autoencoder, nothing quantised
IDLE_STEPS = 100  # a code unused for so long is re-seeded …
RESEED_UNTIL = 0.8  # … up to this share of the run
PIXEL_WEIGHT = 20


class TokenizerRecipe:
    defaults = {'batch': 6, 'frames': 4, 'rate': 2e-3, 'changing': 6.0}

    def __init__(self, config, args, processes):
        self.args, self.processes, self.config = args, processes, config
        self.module, self.clips = Tokenizer(config), Clips(args.data, config)
        # plain: nothing is quantised yet; used: the step at which each code was last chosen
        self.state = {'plain': not args.origin, 'used': torch.zeros(config.tokenizer.codes, dtype=torch.long)}
        self.codes = None  # [B, T, S] of the newest batch
        if args.decoder_only:
            for part in (self.module.codebook, *self.module.encoder.parameters()):
                part.requires_grad_(False)

    def start(self, rng):
        size = self.module
        patches = to_patches(self.clips.batch(rng, 128, 1), size.patch).flatten(0, 2)
        pca = patch_pca(patches)
        scale = start_patch_in(size.encoder.patch, pca)
        start_patch_out(size.decoder.head, pca, scale)
        shrink_outputs([*size.encoder.blocks, *size.decoder.blocks], 0.2)
        with torch.no_grad():  # the leading components pass the bottleneck untouched
            width = size.codebook.shape[1]
            size.encoder.head.weight.mul_(0.1)[:, :width] += torch.eye(width)
            size.decoder.code.weight.mul_(0.1)[:width] += torch.eye(width) * width**0.5 / 2

    def phase_steps(self, step):
        return step

    def rate(self, progress):
        return cosine(progress)

    def loss(self, progress, rng):
        frames = self.clips.batch(rng, self.args.batch, self.args.frames).to(self.processes.device)
        weights = change_weights(frames, self.args.changing) if self.args.changing > 1 else None
        if self.state['plain']:
            error = (self.module.draw(unit(self.module.latents(frames))) - frames).square()
            pixels = (error if weights is None else error * weights).mean()
            return PIXEL_WEIGHT * pixels, {'mse': error.mean(), 'psnr': -10 * torch.log10(error.mean())}
        loss, parts = self.module.loss(frames, PIXEL_WEIGHT, weights)
        self.codes = parts.pop('codes')
        share = torch.bincount(self.codes.flatten(), minlength=len(self.module.codebook)) / self.codes.numel()
        parts['psnr'] = -10 * torch.log10(parts['mse'])
        parts['perplexity'] = torch.exp(-(share * (share + 1e-12).log()).sum())
        return loss, parts

    def finish(self, progress, step, rng):
        """After the optimiser's step: fills the codebook once, then looks after codes nobody uses."""
        used, codebook = self.state['used'], self.module.codebook
        if self.args.decoder_only:
            return
        if self.state['plain']:
            self.state['plain'] = step < PLAIN_STEPS
            if not self.state['plain']:
                with torch.no_grad():
                    latents = self.module.latents(self.clips.batch(rng, 24, self.args.frames).to(codebook.device)).flatten(0, 2).cpu()
                    codebook.copy_(spread_codes(latents, len(codebook), rng))
                self.processes.share(codebook.data)
                used.fill_(step)
            return
        present = torch.bincount(self.codes.flatten(), minlength=len(codebook)).double()
        self.processes.average([present])
        used[(present > 0).cpu()] = step
        unused = (step - used > IDLE_STEPS).nonzero()[:, 0]
        if progress < RESEED_UNTIL and len(unused) and step % 10 == 0:
            with torch.no_grad():
                frames = self.clips.batch(rng, self.args.batch, self.args.frames).to(codebook.device)
                reseed(codebook, unused.to(codebook.device), self.module.latents(frames).flatten(0, 2), rng)
            self.processes.share(codebook.data)
            used[unused] = step
