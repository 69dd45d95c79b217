// What to say where WebGPU is missing: the reason, as far as it can be known, and what would help on this machine.

export interface Help {
  title: string
  steps: string[]
}

const BROWSERS =
  'Chrome or Edge 113 and newer on Windows, macOS and ChromeOS, 121 and newer on Android; Safari 26 on macOS, iPhone and iPad; Firefox 141 on Windows, 145 on Macs with Apple silicon.'

const ON_LINUX =
  'On Linux: Chrome or Chromium with chrome://flags/#enable-unsafe-webgpu and chrome://flags/#enable-vulkan switched on (the newest versions need neither on many GPUs), or Firefox Nightly.'

/** Help for a page without `navigator.gpu`, or without an adapter behind it (`gpu` true). */
export function webgpuHelp(gpu: boolean, isSecure: boolean, platform: string): Help {
  if (!isSecure) {
    return {
      title: 'This address is not secure, so the browser hides WebGPU from it.',
      steps: ['Open the page through https:// or, on the machine that serves it, http://localhost.'],
    }
  }
  const isLinux = /linux/i.test(platform) && !/android/i.test(platform)
  if (gpu) {
    return {
      title: 'This browser has WebGPU, but found no graphics adapter for it.',
      steps: [
        ...(isLinux ? [ON_LINUX] : []),
        'Update the graphics driver, and see that hardware acceleration is switched on in the browser’s settings.',
        'chrome://gpu or about:support says what the browser thinks of your GPU.',
      ],
    }
  }
  const where = `Browsers that have it: ${BROWSERS}`
  return { title: 'This browser has no WebGPU.', steps: isLinux ? [ON_LINUX, where] : [where, ON_LINUX] }
}
