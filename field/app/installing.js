/**
 * The browsers in which Veldpost may be worked with. What an iPhone or iPad keeps for a tab it throws away after seven days without use;
 * what is on its home screen stays. A tab there and the home screen share nothing, so work begins where it stays.
 * @module
 */

/** @typedef {{userAgent: string, maxTouchPoints?: number, standalone?: boolean}} Browser what a browser says of itself; `standalone` says only one of Apple */

/** True if this is a tab of an iPhone or iPad. An iPad calls itself a Mac, and no Mac is touched. @param {Browser} [browser] @param {boolean} [isInstalled] */
export function mustInstall(browser = navigator, isInstalled = matchMedia("(display-mode: standalone)").matches) {
  const { userAgent, maxTouchPoints = 0, standalone = false } = browser;
  const isApple = /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes("Macintosh") && maxTouchPoints > 1);
  return isApple && !standalone && !isInstalled;
}
