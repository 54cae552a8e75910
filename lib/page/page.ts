// The page: connects the form, the conversation, the lines, the time axis and the panels.
import { createMessageBuilder } from "../client/message.ts";
import type { ContentBlock, Line, Message } from "../wire.ts";
import { createAskForm } from "./ask-form.ts";
import { showBreakPanel, type Trial } from "./break-panel.ts";
import { buildMessage, buildRequest, type RequestBody } from "./build-request.ts";
import { createConversation } from "./conversation.ts";
import { deliveriesOf, functionUrl } from "./deliveries.ts";
import { find } from "./elements.ts";
import { connect, type ExchangeOptions, runExchange } from "./exchange.ts";
import { showFigures } from "./figures.ts";
import { createFollower } from "./follower.ts";
import { createLinesView } from "./lines-view.ts";
import { formatCount, formatMs } from "./numbers.ts";
import { createRecording, type Recording } from "./recording.ts";
import { createRecordingChoice } from "./recording-choice.ts";
import { hasToken, type PageService, readModels, readService } from "./service.ts";
import { createTabs } from "./tabs.ts";
import { createTakeAway } from "./take-away.ts";
import { createTimeline } from "./timeline.ts";
import { createTurnView } from "./turn-view.ts";

interface Run extends Pick<ExchangeOptions, "path" | "pauseMs"> {
  request: RequestBody;
  content: ContentBlock[];
  note?: string;
  leaveAfter?: number | undefined;
  /** The conversation up to and including the question. Undefined if the turn does not belong to the conversation. */
  messages?: Message[];
}

const turns = find("#turns");
const announcement = find("#announcement");
const connection = find("#connection");

const conversation = createConversation();
let running: AbortController | undefined;

try {
  if (!hasToken)
    throw new Error("This address has no token; open the whole address that was printed at the start.");
  await start(await readService());
} catch (error) {
  connection.dataset["kind"] = "failed";
  connection.textContent = (error as Error).message;
}

async function start(service: PageService): Promise<void> {
  const form = createAskForm({ onAsk: ask, onStop: () => running?.abort() });
  const tabs = createTabs();
  const lines = createLinesView();
  const takeAway = createTakeAway(service);
  const followEnd = createFollower(turns);
  let shown: Recording | undefined;
  const choice = createRecordingChoice(show);
  const timeline = createTimeline((recording, index) => {
    tabs.choose("lines");
    if (recording !== shown) show(recording);
    lines.select(index);
  });
  timeline.show([]);
  const models = await readModels(service);
  form.showModels(models);
  form.showDeliveries(deliveriesOf(service));
  showBreakPanel(models, runTrial);
  connection.dataset["kind"] = "complete";
  connection.textContent = new URL(service.url).host;
  find("#forget").addEventListener("click", () => {
    running?.abort();
    conversation.forget();
    turns.replaceChildren();
    announcement.textContent = "A new conversation";
    form.focus();
  });
  document.documentElement.dataset["ready"] = "true";
  form.focus();

  function ask(): void {
    const results = conversation.openResults();
    const question = form.read(results.size > 0);
    if (!question) return;
    const earlier = conversation.messages();
    const message = buildMessage(question, results, earlier);
    const messages = [...earlier, message];
    form.clear();
    void run({ request: buildRequest(question, messages), content: message.content, messages });
  }

  async function runTrial({ name, request, ...options }: Trial): Promise<Recording | undefined> {
    if (running) return undefined;
    const content = [{ text: String(request["prompt"]) }];
    return run({ request, content, note: name, ...options });
  }

  async function run({
    request,
    content,
    note = "",
    leaveAfter,
    messages,
    ...options
  }: Run): Promise<Recording> {
    const stop = new AbortController();
    running = stop;
    const deliveries = messages ? form.deliveries() : [functionUrl];
    const turn = createTurnView({ content, note, model: String(request["modelId"] ?? "") });
    turns.append(turn.element);
    form.setRunning(true);
    takeAway.show(request);
    announcement.textContent = "Asked";
    const recordings = deliveries.map(({ label }) => createRecording(label));
    const recording = recordings[0]!;
    const message = createMessageBuilder();
    choice.offer(recordings);
    show(recording);
    timeline.show(recordings);
    const stopDrawing = everyFrame(draw);
    const asks = await Promise.all(deliveries.map((delivery) => connect(delivery, stop.signal)));
    // The clocks start again, so that the time to open a connection does not count: callers usually have one open already.
    for (const each of recordings) each.restart();
    function onLine(line: Line): void {
      message.add(line);
      turn.add(line);
      if (recording.deltas === leaveAfter) stop.abort();
    }
    await Promise.all(
      deliveries.map((delivery, at) => {
        const listener = at === 0 ? onLine : () => undefined;
        const exchange = { ...options, signal: stop.signal, onLine: listener };
        return runExchange(delivery, asks[at]!, recordings[at]!, request, exchange);
      }),
    );
    stopDrawing();
    const built = message.build();
    turn.showEnding(
      recording.ending!,
      messages && conversation.keep({ messages, answer: built, recording, turn, request }),
    );
    takeAway.showAnswer(built, recording);
    draw();
    form.setRunning(false);
    running = undefined;
    announcement.textContent = describe(recording);
    return recording;

    /** Changes the text first, and scrolls afterwards. The browser then has to lay out the page only once. */
    function draw(): void {
      turn.flush();
      if (shown) showFigures(shown);
      lines.update();
      followEnd();
      timeline.update();
    }
  }

  /** Shows the lines and the figures of one answer. */
  function show(recording: Recording): void {
    shown = recording;
    choice.select(recording);
    lines.show(recording);
    showFigures(recording);
  }
}

/** Describes the answer for screen readers, which do not read the stream. */
function describe({ ending, deltas, elapsedMs }: Recording): string {
  return `${ending?.title ?? ""}, ${formatCount(deltas)} deltas in ${formatMs(elapsedMs())}. ${ending?.detail ?? ""}`;
}

/** Calls `draw` before each frame that the browser shows, until the returned function is called. */
function everyFrame(draw: () => void): () => void {
  let frame = requestAnimationFrame(function next() {
    draw();
    frame = requestAnimationFrame(next);
  });
  return () => cancelAnimationFrame(frame);
}
