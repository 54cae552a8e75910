// A web server made with Hono, on Node. This file is JavaScript, so that the type checker does not need Hono's types.
import { once } from "node:events";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

/**
 * @param {(request: Request) => Promise<Response>} answer
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function startHono(answer) {
  const app = new Hono();
  app.get("/", (context) => answer(context.req.raw));
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => void server.close() };
}
