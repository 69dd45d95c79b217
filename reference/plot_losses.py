"""The losses of a run of `djinn train` or train.py over its minutes, as a picture: DIR/*.jsonl -> SVG or PNG.

    python3 reference/plot_losses.py runs/mine losses.svg
"""
import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt

# component: (its metric in the logs of djinn train, in those of train.py, axis label)
METRICS = {
    'tokenizer': ('psnr', 'psnr', 'PSNR, dB'),
    'latent_action': ('actionAccuracy', 'action_accuracy', 'action accuracy'),
    'dynamics': ('tokenAccuracy', 'right', 'accuracy on masked tokens'),
}
SMOOTH = 9  # reports, a running mean


def smooth(values):
    return [sum(values[max(0, i - SMOOTH + 1) : i + 1]) / min(SMOOTH, i + 1) for i in range(len(values))]


def main(directory, out):
    figure, axes = plt.subplots(1, len(METRICS), figsize=(12, 3.2), constrained_layout=True)
    for axis, (component, (ours, reference, label)) in zip(axes, METRICS.items()):
        lines = [json.loads(line) for line in (Path(directory) / f'{component}.jsonl').read_text().splitlines()]
        rows = [line for line in lines if 'loss' in line]  # the others are reports of health
        metric = ours if ours in rows[0] else reference
        minutes = [row['seconds'] / 60 for row in rows]
        axis.plot(minutes, [row['loss'] for row in rows], color='#6d4aff', alpha=0.2)
        axis.plot(minutes, smooth([row['loss'] for row in rows]), color='#6d4aff')
        axis.set(title=f'{component}, {rows[-1]["step"]} steps', xlabel='minutes', ylabel='loss', yscale='log')
        other = axis.twinx()
        other.plot(minutes, smooth([row[metric] for row in rows]), color='#d98200')
        other.set_ylabel(label, color='#d98200')
    figure.savefig(out)


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
