// The places of patches in a frame, from params.height, params.width and params.patch_size: patches go row by row over the frame, pixels
// row by row over a patch.

fn patches_across() -> u32 { return (params.width + params.patch_size - 1u) / params.patch_size; }

fn patches_per_frame() -> u32 { return patches_across() * ((params.height + params.patch_size - 1u) / params.patch_size); }

// Column and row, in the frame, of a pixel of a patch. In the padding they are past the frame's last.
fn pixel_position(patch_index: u32, pixel: u32) -> vec2u {
  let corner = vec2u(patch_index % patches_across(), patch_index / patches_across()) * params.patch_size;
  return corner + vec2u(pixel % params.patch_size, pixel / params.patch_size);
}
