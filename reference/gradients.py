"""Losses of model.md §8 on a gradient bundle's inputs, and the gradient of every tensor of the component."""
import torch


def component_loss(component, module, inputs):
    """inputs: tensors of a gradient bundle, without the clip axis -> loss"""
    if component == 'dynamics':
        tokens, actions = inputs['in.tokens'].long()[None], inputs['in.actions'].long()[None]
        if 'in.mask_played' in inputs:
            return module.loss_as_played(tokens, actions, inputs['in.mask_played'].bool()[None])[0]
        return module.loss(tokens, actions, inputs['in.mask'].bool()[None])[0]
    if 'in.tokens' in inputs:  # a latent action model of tokens
        return module.loss(inputs['in.tokens'].long()[None])[0]
    frames = inputs['in.frames'].to(next(module.parameters()).dtype)[None] / 255
    return module.loss(frames)[0]


def component_gradients(component, module, inputs):
    """-> {'out.loss': [1], 'grad.NAME': …}"""
    module.zero_grad(set_to_none=True)
    loss = component_loss(component, module, inputs)
    loss.backward()
    gradients = {f'grad.{name}': value.grad if value.grad is not None else torch.zeros_like(value) for name, value in module.named_parameters()}
    return {'out.loss': loss.detach()[None], **gradients}
