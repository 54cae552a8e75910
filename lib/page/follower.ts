// Keeps an element scrolled to its end while it grows, until the user scrolls up.

/** Call the returned function after each change. */
export function createFollower(element: HTMLElement): () => void {
  let follows = true;
  let lastTop = 0;
  element.addEventListener("scroll", () => {
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 8;
    if (element.scrollTop < lastTop && !isAtEnd) follows = false;
    if (isAtEnd) follows = true;
    lastTop = element.scrollTop;
  });
  return () => {
    if (follows) element.scrollTop = element.scrollHeight;
  };
}
