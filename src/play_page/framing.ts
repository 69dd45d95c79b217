// Fits a picture into the frame: cropped or whole, zoomed, moved, brightened.

interface Framing {
  /** The whole picture on white, instead of a crop that fills the frame. */
  isWhole: boolean
  zoom: number // 1: as large as fits
  x: number // -1 … 1: the left or the right edge of the picture is at the edge of the frame
  y: number // -1 … 1: top or bottom
  brightness: number // 1: as it is
}

export const PLAIN: Framing = { isWhole: false, zoom: 1, x: 0, y: 0, brightness: 1 }

/** Where a picture goes in the frame, in the frame's pixels. */
export function placement(
  { isWhole, zoom, x, y }: Framing,
  picture: { width: number; height: number },
  frame: { width: number; height: number },
): { x: number; y: number; width: number; height: number } {
  const ratios = [frame.width / picture.width, frame.height / picture.height]
  const scale = zoom * (isWhole ? Math.min(...ratios) : Math.max(...ratios))
  const [width, height] = [picture.width * scale, picture.height * scale]
  return { width, height, x: ((frame.width - width) * (1 + x)) / 2, y: ((frame.height - height) * (1 + y)) / 2 }
}

/** Paints a picture over a whole canvas. */
export function paintFramed(source: HTMLCanvasElement, framing: Framing, canvas: HTMLCanvasElement): void {
  const context = canvas.getContext('2d')!
  const { x, y, width, height } = placement(framing, source, canvas)
  context.fillStyle = 'white'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'
  context.filter = `brightness(${framing.brightness})`
  context.drawImage(source, x, y, width, height)
  context.filter = 'none'
}
