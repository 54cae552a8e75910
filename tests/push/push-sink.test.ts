// Tests the times at which a PushSink sends messages, and the lines that wait until then.
import { describe, expect, test } from "vitest";
import { maxMessageBytes } from "../../lib/push/messages.ts";
import type { Published } from "../../lib/push/publisher.ts";
import { PushSink } from "../../lib/push/push-sink.ts";
import { withResolvers } from "../../lib/shared/with-resolvers.ts";
import { generousSeconds, scaled, waitFor } from "../support/deadline.ts";
import { times } from "../support/frames/relay-run.ts";
import { linesOf } from "../support/push/pushed-lines.ts";

const never = generousSeconds * 1000;

/** Opens a sink. The test decides when each of the sink's posts is answered, and with which result. */
function openSink(pushInterval: number) {
  const posts: { lines: string[]; at: number; answer: (published: Published) => void }[] = [];
  let onPost = (): void => undefined;
  const sink = new PushSink(
    { requestId: "r", run: "1" },
    (message) => {
      const { promise, resolve } = withResolvers<Published>();
      posts.push({ lines: linesOf([message.toString()]), at: performance.now(), answer: resolve });
      onPost();
      return promise;
    },
    { ...times, pushInterval },
  );
  return {
    sink,
    posts,
    write: (...lines: string[]) => sink.write(Buffer.from(lines.map((line) => `${line}\n`).join(""))),
    end: () => sink.end(performance.now() + never),
    /** Resolves when there have been `count` posts. */
    until(count: number): Promise<void> {
      const { promise, resolve } = withResolvers<void>();
      onPost = () => posts.length >= count && resolve();
      onPost();
      return waitFor(`Post ${count}`, promise);
    },
  };
}

const taken: Published = { state: "taken" };
const line = (text: string) => JSON.stringify({ text });

describe("a message", () => {
  test("the first message is sent at once", async () => {
    const { posts, write, until } = openSink(never);
    write(line("a"), line("b"));
    await until(1);
    expect(posts.map(({ lines }) => lines)).toEqual([[line("a"), line("b")]]);
  });

  test("a message waits until the previous one is taken, and has all lines that came meanwhile", async () => {
    const { posts, write, until } = openSink(0);
    write(line("a"));
    await until(1);
    write(line("b"));
    write(line("c"), line("d"));
    expect(posts).toHaveLength(1);
    posts[0]!.answer(taken);
    await until(2);
    expect(posts[1]!.lines).toEqual([line("b"), line("c"), line("d")]);
  });

  test("a message is sent one interval after the previous one", async () => {
    const interval = scaled(200);
    const { posts, write, until } = openSink(interval);
    write(line("a"));
    await until(1);
    posts[0]!.answer(taken);
    write(line("b"));
    await until(2);
    // Node's timers may fire a little early.
    expect(posts[1]!.at - posts[0]!.at).toBeGreaterThanOrEqual(interval - 2);
  });

  test("a full message does not wait", async () => {
    const { posts, write, until } = openSink(never);
    write(line("a"));
    await until(1);
    posts[0]!.answer(taken);
    write(line("b".repeat(maxMessageBytes / 2)));
    // The sink begins to wait for the interval.
    await waitFor("A turn of the event loop", new Promise(setImmediate));
    expect(posts).toHaveLength(1);
    write(line("c".repeat(maxMessageBytes / 2)));
    await until(2);
  });

  test("the last message does not wait", async () => {
    const { posts, write, end, until } = openSink(never);
    write(line("a"));
    await until(1);
    posts[0]!.answer(taken);
    write(line("b"));
    const ended = end();
    await until(2);
    posts[1]!.answer(taken);
    expect(await ended).toBeUndefined();
  });
});

describe("a sink", () => {
  test("a sink pauses the stream when more than two messages wait, and continues it when less than one is left", async () => {
    const { sink, posts, write, until } = openSink(0);
    const seen: boolean[] = [];
    const { promise: all, resolve } = withResolvers<void>();
    sink.onTaken((isAll) => {
      seen.push(isAll);
      if (isAll) resolve();
    });
    expect(write(line("a"))).toBe(true);
    await until(1);
    expect(write(line("b".repeat(30_000)), line("c".repeat(30_000)))).toBe(true);
    expect(write(line("d".repeat(30_000)))).toBe(false);
    for (let count = 1; count <= 3; count++) {
      await until(count);
      posts[count - 1]!.answer(taken);
    }
    await waitFor("The report that the stream may continue", all);
    expect(seen).toEqual([false, false, true]);
  });

  test("a sink reports once that the caller has left, and sends nothing more", async () => {
    const { sink, posts, write, end, until } = openSink(0);
    const { promise, resolve } = withResolvers<void>();
    const errors: string[] = [];
    sink.onGone(({ name }) => {
      errors.push(name);
      resolve();
    });
    write(line("a"));
    await until(1);
    write(line("b"));
    posts[0]!.answer({ state: "gone" });
    await waitFor("The report", promise);
    expect(write(line("c"))).toBe(true);
    expect((await end())?.name).toBe("CallerGone");
    expect(errors).toEqual(["CallerGone"]);
    expect(posts).toHaveLength(1);
  });

  test("a sink ends with InternalError, instead of waiting forever, if the publisher has a bug", async () => {
    const sink = new PushSink({ requestId: "r", run: "1" }, () => Promise.reject(new TypeError("x")), {
      ...times,
      pushInterval: 0,
    });
    sink.write(Buffer.from(`${line("a")}\n`));
    expect((await sink.end(performance.now() + never))?.name).toBe("InternalError");
  });
});
