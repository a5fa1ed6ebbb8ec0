// Keeps a page current while a person looks at it, by server-sent events: connects, fetches the page when more has changed than
// the events contain, and connects again when the stream ends.

import { showLive } from "./page.js";

const RETRY_MS = 5000;
/** Between two fetches of the page, however fast things change: a page of a thousand programs takes a while to show. */
const PAUSE_MS = 1000;
const TICK_MS = 1000;

/**
 * @typedef {object} CurrentPage
 * @property {string} stream the address of the events
 * @property {string} home the address of the page; empty for the present one
 * @property {() => number} version of what the page shows
 * @property {() => Promise<void>} takePage takes over a fresh page
 * @property {(source: EventSource) => void} listen adds the page's own events
 * @property {() => void} showTimes called each second
 */

/** @param {() => Promise<void>} takePage @param {() => boolean} isConnected @returns {() => Promise<void>} */
function oneByOne(takePage, isConnected) {
  let isFetching = false;
  let isStale = false;
  return async () => {
    isStale = true;
    if (isFetching) return;
    isFetching = true;
    while (isStale && isConnected()) {
      isStale = false;
      try {
        await takePage();
      } catch {
        // The page stays as it is; the connection, which fails too, comes back and compares versions.
        showLive(false, "live");
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isFetching = false;
  };
}

/** @param {CurrentPage} page @returns {() => Promise<void>} fetches the page when nothing else is being fetched */
export function keepCurrent({ stream, home, version, takePage, listen, showTimes }) {
  let ticking = 0;
  const isOpen = keepOpen({
    address: () => stream,
    listen(source) {
      source.addEventListener("hello", ({ data }) => {
        const { boot, version: current } = JSON.parse(data);
        // Another run of the daemon: the tokens in this page are no longer valid.
        if (boot !== document.body.dataset["boot"]) location.replace(home);
        else if (current !== version()) void refetch();
        showLive(true, "live");
      });
      listen(source);
    },
    lost: () => showLive(false, "live"),
    retryMs: () => RETRY_MS,
    retried: () => void refetch(),
  });
  const refetch = oneByOne(takePage, isOpen);

  function showTimesWhileSeen() {
    clearInterval(ticking);
    if (document.hidden) return;
    showTimes();
    ticking = window.setInterval(showTimes, TICK_MS);
  }

  document.addEventListener("visibilitychange", showTimesWhileSeen);
  window.addEventListener("pageshow", showTimesWhileSeen);
  return refetch;
}

/**
 * @typedef {object} OpenStream
 * @property {() => string} address
 * @property {(source: EventSource) => void} listen adds listeners for events
 * @property {() => void} lost the connection is lost
 * @property {() => number} retryMs the pause after an answer that is not a stream
 * @property {() => void} [retried] after such a pause
 */

/**
 * Keeps a stream of events open while the page is seen: a hidden page asks for nothing.
 * @param {OpenStream} stream @returns {() => boolean} whether it is open
 */
export function keepOpen({ address, listen, lost, retryMs, retried = () => {} }) {
  /** @type {EventSource | null} */
  let source = null;
  let retry = 0;

  function connect() {
    if (source !== null || document.hidden) return;
    clearTimeout(retry);
    const mine = new EventSource(address());
    source = mine;
    listen(mine);
    mine.addEventListener("error", () => {
      lost();
      // Browsers reconnect, except after an answer that is not a stream.
      if (source !== mine || mine.readyState !== EventSource.CLOSED) return;
      source = null;
      retry = window.setTimeout(() => {
        connect();
        retried();
      }, retryMs());
    });
  }

  function disconnect() {
    source?.close();
    source = null;
    clearTimeout(retry);
  }

  const watch = () => (document.hidden ? disconnect() : connect());
  document.addEventListener("visibilitychange", watch);
  // A page that comes back from the browser's history has lost its connection and may be old.
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", watch);
  return () => source !== null;
}
