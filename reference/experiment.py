"""Shared code of the experiments with many models (ablations.py, scaling.py). Each model is trained by train.py in a process of its own and in
a directory of its own, is resumed if it was stopped, and is not trained again once its weights are there.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LABELS = ('tokens', 'latent_action', 'changing')


def write_config(base, directory, section, **changes):
    """A copy of the config file `base` with some fields of one section changed -> its path"""
    with open(base) as file:
        config = json.load(file)
    config.pop('keys', None)
    config[section].update(changes)
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, 'config.json')
    with open(path, 'w') as file:
        json.dump(config, file, indent=2)
    return path


def borrow(source, directory, data, names, components=()):
    """Links labels and components that another run has computed already."""
    os.makedirs(directory, exist_ok=True)
    files = [f'{os.path.basename(data)}.{name}.npy' for name in names] + [f'{component}.safetensors' for component in components]
    for name in files:
        origin, link = os.path.abspath(os.path.join(source, name)), os.path.join(directory, name)
        if os.path.exists(origin) and not os.path.lexists(link):
            os.symlink(origin, link)


def train(component, directory, data, budget, *more):
    """budget: ['--minutes', '8'] or ['--steps', '600'] -> what the run's log says of it"""
    if not os.path.exists(os.path.join(directory, f'{component}.safetensors')):
        command = [sys.executable, os.path.join(HERE, 'train.py'), component, '--data', data, '--config', os.path.join(directory, 'config.json')]
        subprocess.run([*command, '--out', directory, '--resume', *budget, *more], check=True)
    return log(component, directory)[-1]


def log(component, directory):
    """The entries of a run's log: step, seconds, and the loss's parts"""
    with open(os.path.join(directory, f'{component}.jsonl')) as file:
        return [json.loads(line) for line in file]


def save_table(path, title, rows):
    """rows: dictionaries alike in their keys -> path.json, and path.md, a Markdown table"""
    with open(f'{path}.json', 'w') as file:
        json.dump(rows, file, indent=2)
    columns = list(rows[0])
    lines = [title, '', '| ' + ' | '.join(columns) + ' |', '| ' + ' | '.join('---' for _ in columns) + ' |']
    lines += ['| ' + ' | '.join(shown(row[column]) for column in columns) + ' |' for row in rows]
    with open(f'{path}.md', 'w') as file:
        file.write('\n'.join(lines) + '\n')
    print('\n'.join(lines), flush=True)


def shown(value):
    return f'{value:.4g}' if isinstance(value, float) and abs(value) < 1000 else f'{value:.0f}' if isinstance(value, float) else str(value)
