// Runs in a page before its own scripts and remembers two times by the page's clock, which is the machine's. It is plain
// JavaScript: what compiles the rest for Node adds calls that a browser does not know.
const soon = new MessageChannel();
const showsPill = () =>
  [...document.querySelectorAll('button')].some((button) => /\d+ new tweets?/.test(button.textContent ?? ''));

window.pressedAt = 0;
window.shownAt = 0;

soon.port1.onmessage = () => {
  window.shownAt ||= performance.timeOrigin + performance.now();
};
window.addEventListener(
  'pointerdown',
  (event) => {
    window.pressedAt = performance.timeOrigin + event.timeStamp;
  },
  true,
);
new MutationObserver(() => {
  if (window.shownAt > 0 || !showsPill()) return;
  // A task after the next frame: the pill is not only in the document, it is painted.
  requestAnimationFrame(() => soon.port2.postMessage(null));
}).observe(document, { subtree: true, childList: true, characterData: true });
