"""Recipe of the tokenizer (docs/pilot.md): principal components as initial weights, a plain autoencoder first, codes by k-means++, dead codes reset."""
import torch

from clips import Clips
from codebook import unit
from changes import change_weights
from patches import to_patches
from initialisation import POSITION_CHANNELS, set_constant_channels, fit_linear, attend_neighbours, patch_pca, reset_dead_codes, scale_residual_outputs, spherical_kmeans, residual_kmeans, init_patch_embedding, init_pixel_head
from tokenizer import Tokenizer

AUTOENCODER_STEPS = 300  # without quantisation
DEAD_AFTER = 100  # a code that was not chosen for so long is reset …
RESET_UNTIL = 0.8  # … up to this share of the run
PIXEL_WEIGHT = 20
START_FRAMES, START_LATENTS = 128, 20000  # what codes and linear maps are found in before the first step


class TokenizerRecipe:
    defaults = {'batch': 6, 'frames': 4, 'rate': 2e-3, 'changing': 6.0}

    def __init__(self, config, args, processes):
        self.args, self.processes, self.config = args, processes, config
        self.module, self.clips = Tokenizer(config), Clips(args.data, config)
        # plain: nothing is quantised yet; used: the step at which each code was last chosen
        self.state = {'plain': not args.origin, 'used': torch.zeros(len(self.module.codebook), dtype=torch.long)}
        self.codes = None  # of the newest batch
        if args.decoder_only:
            for part in (self.module.codebook, *self.module.encoder.parameters()):
                part.requires_grad_(False)

    def init_weights(self, rng):
        if self.module.codebooks > 1:
            return self.init_linear_weights(rng)
        size = self.module
        patches = to_patches(self.clips.batch(rng, 128, 1), size.patch).flatten(0, 2)
        pca = patch_pca(patches)
        scale = init_patch_embedding(size.encoder.patch, pca)
        init_pixel_head(size.decoder.head, pca, scale)
        scale_residual_outputs([*size.encoder.blocks, *size.decoder.blocks], 0.2)
        with torch.no_grad():  # the leading components pass the bottleneck untouched
            width = size.codebook.shape[1]
            size.encoder.head.weight.mul_(0.1)[:, :width] += torch.eye(width)
            size.decoder.code.weight.mul_(0.1)[:width] += torch.eye(width) * width**0.5 / 2

    @torch.no_grad()
    def init_linear_weights(self, rng):
        """With N codebooks: principal components in, k-means for the codes, least squares out. Before any step it already reconstructs linearly from the codes."""
        module, frame = self.module, self.config.frame
        encoder, decoder, width = module.encoder, module.decoder, module.codebook.shape[1]
        frames = self.clips.batch(rng, START_FRAMES, 1)
        patches = to_patches(frames, module.patch)
        mean, basis, deviation = pca = patch_pca(patches.flatten(0, 2))
        scale = init_patch_embedding(encoder.patch, pca)
        scale_residual_outputs([*encoder.blocks, *decoder.blocks], 0.2)
        rows, columns = (-(-side // module.patch) for side in (frame.height, frame.width))
        if len(decoder.position[0]) >= width + 2 * POSITION_CHANNELS:
            attend_neighbours(decoder.position, decoder.blocks, rows, columns, POSITION_CHANNELS)
        set_constant_channels(encoder.patch.bias, len(scale))
        set_constant_channels(decoder.position, width)
        decoder.code.weight.zero_()[:width] += torch.diag(1 / (deviation[:width] / deviation.norm() + 0.1))
        decoder.code.bias.zero_()
        components = (patches - mean) @ basis[:width].T / deviation.norm()  # of mean square 1 together
        fit_linear(encoder.head, self.features(encoder.features, patches), components.flatten(0, 2))
        latents = module.latents(frames)
        self.fill(latents.flatten(0, 2)[torch.from_numpy(rng.permutation(latents[..., 0].numel())[:START_LATENTS])], rng)
        units = module.unit_code(module.nearest(latents))
        fit_linear(decoder.head, self.features(decoder.features, units), patches.flatten(0, 2))
        self.state['plain'] = False

    @staticmethod
    def features(forward, inputs):
        return torch.cat([forward(part).flatten(0, 2) for part in inputs.split(16)])

    def loss(self, progress, rng):
        frames = self.clips.batch(rng, self.args.batch, self.args.frames).to(self.processes.device)
        weights = change_weights(frames, self.args.changing) if self.args.changing > 1 else None
        if self.state['plain']:
            error = (self.module.reconstruct(unit(self.module.latents(frames))) - frames).square()
            pixels = (error if weights is None else error * weights).mean()
            return PIXEL_WEIGHT * pixels, {'mse': error.mean(), 'psnr': -10 * torch.log10(error.mean())}
        loss, parts = self.module.loss(frames, PIXEL_WEIGHT, weights)
        self.codes = parts.pop('codes')
        share = self.counts() / self.codes.numel()
        parts['psnr'] = -10 * torch.log10(parts['mse'])
        parts['perplexity'] = torch.exp(-(share * (share + 1e-12).log()).sum())
        return loss, parts

    def counts(self):
        """[N·K] how often each code of each codebook was chosen in the newest batch"""
        codebooks = self.module.codebooks
        rows = self.codes if codebooks == 1 else self.codes + torch.arange(codebooks, device=self.codes.device) * (len(self.module.codebook) // codebooks)
        return torch.bincount(rows.flatten(), minlength=len(self.module.codebook))

    def fill(self, latents, rng):
        """Codes from latents [n, C]: directions for one codebook; with more, each is fitted to the residuals of those before it."""
        if self.module.codebooks == 1:
            self.module.codebook.copy_(spherical_kmeans(latents, len(self.module.codebook), rng))
            return
        for rows in self.module.codebook.chunk(self.module.codebooks):
            rows.copy_(residual_kmeans(latents, len(rows), rng))
            latents = latents - rows[self.module.scores(latents, rows).argmax(-1)]

    def after_step(self, progress, step, rng):
        """After the optimiser's step: fits the codebook once, then resets dead codes."""
        used, codebook = self.state['used'], self.module.codebook
        if self.args.decoder_only:
            return
        if self.state['plain']:
            self.state['plain'] = step < AUTOENCODER_STEPS
            if not self.state['plain']:
                with torch.no_grad():
                    latents = self.module.latents(self.clips.batch(rng, 24, self.args.frames).to(codebook.device)).flatten(0, 2).cpu()
                    self.fill(latents, rng)
                self.processes.share(codebook.data)
                used.fill_(step)
            return
        present = self.counts().double()
        self.processes.average([present])
        used[(present > 0).cpu()] = step
        unused = (step - used > DEAD_AFTER).nonzero()[:, 0]
        if progress < RESET_UNTIL and len(unused) and step % 10 == 0:
            with torch.no_grad():
                frames = self.clips.batch(rng, self.args.batch, self.args.frames).to(codebook.device)
                each = len(codebook) // self.module.codebooks
                latents = self.module.latents(frames).flatten(0, 2)
                if self.module.codebooks == 1:
                    reset_dead_codes(codebook, unused.to(codebook.device), latents, rng)
                else:
                    for n, residuals in enumerate(self.module.residual_codes(latents)[1]):
                        idle = unused[unused // each == n]
                        codebook[idle] = residuals[rng.integers(len(residuals), size=len(idle))]
            self.processes.share(codebook.data)
            used[unused] = step
