"""config.json (model.md §6) as nested attributes: config.tokenizer.width, config.frame.height, …

Every size is checked here, so that the model code can trust them.
"""
import json
import types

SIZES = {
    'frame': ['height', 'width'],
    'tokenizer': ['patch', 'width', 'heads', 'ffn', 'encoder_layers', 'decoder_layers', 'window', 'codes', 'code_width'],
    'latent_action': ['patch', 'width', 'heads', 'ffn', 'encoder_layers', 'decoder_layers', 'window', 'actions', 'code_width'],
    'dynamics': ['width', 'heads', 'ffn', 'layers', 'window'],
}
CHOICES = [('tokenizer', 'variant', ['st-vivit', 'vit', 'c-vivit']), ('tokenizer', 'encoder', ['context', 'patch']), ('latent_action', 'input', ['pixels', 'tokens'])]  # the first where nothing is said
COMPONENTS = ['tokenizer', 'latent_action', 'dynamics']


def load_config(path):
    with open(path) as file:
        config = json.load(file, object_hook=lambda entry: types.SimpleNamespace(**entry))
    if getattr(config, 'format', None) != 'genie-1':
        raise ValueError(f'{path}: format is {getattr(config, "format", None)!r}, expected "genie-1"')
    for section, names in SIZES.items():
        values = getattr(config, section, None)
        if values is None:
            raise ValueError(f'{path}: section {section} is missing')
        if getattr(values, 'input', None) == 'tokens':
            values.patch = config.tokenizer.patch  # its positions are the tokenizer's
        for name in names:
            value = getattr(values, name, None)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f'{path}: {section}.{name} is {value!r}, expected a whole number of 1 or more')
        if hasattr(values, 'heads') and values.width % values.heads:
            raise ValueError(f'{path}: {section}.width {values.width} is no multiple of its {values.heads} heads')
    if type(rate := getattr(config.frame, 'rate', None)) not in (int, float) or not 0 < rate < float('inf'):
        raise ValueError(f'{path}: frame.rate is {rate!r}, expected a number above 0')
    codebooks = config.tokenizer.codebooks = getattr(config.tokenizer, 'codebooks', 1)
    if not isinstance(codebooks, int) or not 1 <= codebooks <= 16:
        raise ValueError(f'{path}: tokenizer.codebooks is {codebooks!r}, expected a whole number from 1 to 16')
    for section, key, names in CHOICES:
        values = getattr(config, section)
        setattr(values, key, getattr(values, key, names[0]))
        if getattr(values, key) not in names:
            raise ValueError(f'{path}: {section}.{key} is {getattr(values, key)!r}, expected one of {names}')
    if codebooks > 1 and config.latent_action.input == 'tokens':
        raise ValueError(f'{path}: latent_action.input is "tokens", which needs a tokenizer of one codebook, not {codebooks}')
    return config


def positions(config, patch):
    """S: patches of a frame, the last row and column padded where the frame is not a multiple of the patch."""
    return -(-config.frame.height // patch) * -(-config.frame.width // patch)
