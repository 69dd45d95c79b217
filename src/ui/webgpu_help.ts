// Help for a browser without WebGPU: the likely reason, and what to do about it on this machine.

import { create, find } from './dom.ts'

interface Help {
  title: string
  steps: string[]
}

const BROWSERS =
  'Chrome or Edge 123 and newer on Windows, macOS, ChromeOS and Android; Safari 26 on macOS, iPhone and iPad; Firefox 141 on Windows, 145 on Macs with Apple silicon.'

const ON_LINUX =
  'On Linux: Chrome or Chromium with chrome://flags/#enable-unsafe-webgpu and chrome://flags/#enable-vulkan switched on (the newest versions need neither on many GPUs), or Firefox Nightly.'

/** @param hasGpu whether `navigator.gpu` exists; if so, it had no adapter */
function webgpuHelp(hasGpu: boolean, isSecure: boolean, platform: string): Help {
  if (!isSecure) {
    return {
      title: 'This address is not secure, so the browser hides WebGPU from it.',
      steps: ['Open the page through https:// or, on the machine that serves it, http://localhost.'],
    }
  }
  const isLinux = /linux/i.test(platform) && !/android/i.test(platform)
  if (hasGpu) {
    return {
      title: 'This browser has WebGPU, but found no graphics adapter for it.',
      steps: [
        ...(isLinux ? [ON_LINUX] : []),
        'Update the graphics driver, and check that the browser’s settings allow hardware acceleration.',
        'chrome://gpu or about:support shows what the browser knows about your GPU.',
      ],
    }
  }
  const where = `Browsers with WebGPU: ${BROWSERS}`
  return { title: 'This browser has no WebGPU.', steps: isLinux ? [ON_LINUX, where] : [where, ON_LINUX] }
}

/** Fills a help section's heading and list for this browser, and shows it. */
export function showWebgpuHelp(section: HTMLElement): void {
  const { title, steps } = webgpuHelp('gpu' in navigator, isSecureContext, navigator.userAgent)
  find(section, 'h2').textContent = title
  find(section, 'ul').replaceChildren(...steps.map(textContent => create('li', { textContent })))
  section.hidden = false
}
