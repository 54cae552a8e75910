// Keeps an element scrolled to its end while it grows, until the user scrolls up.

/** Call the returned function after each change. */
export function createFollower(element: HTMLElement): () => void {
  let follows = true;
  let lastTop = 0;
  element.addEventListener("scroll", () => {
    const { scrollTop } = element;
    // The returned function has scrolled, not the user.
    if (scrollTop === lastTop) return;
    const isAtEnd = scrollTop + element.clientHeight >= element.scrollHeight - 8;
    if (scrollTop < lastTop && !isAtEnd) follows = false;
    if (isAtEnd) follows = true;
    lastTop = scrollTop;
  });
  return () => {
    if (!follows) return;
    element.scrollTop = element.scrollHeight;
    lastTop = element.scrollTop;
  };
}
