// Changes an agent so that its requests emit `response` when the server switches to another protocol (status 101).
import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** Node's agents have this method, but its types lack it. https://github.com/nodejs/node/blob/v24.0.0/lib/_http_agent.js */
interface AddRequest {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/**
 * Without a listener for `upgrade`, Node closes the connection and emits neither a response nor an error, so the SDK would wait
 * forever. The listener cannot be added where the SDK makes a request, but the SDK passes each request to its agent.
 * https://nodejs.org/api/http.html#event-upgrade
 */
export function reportUpgrades<Given extends Agent>(agent: Given): Given {
  const { addRequest } = agent as Given & AddRequest;
  return Object.assign(agent, {
    addRequest(request: ClientRequest, ...rest: unknown[]) {
      request.once("upgrade", (response: IncomingMessage, socket: Socket) => {
        socket.destroy();
        request.emit("response", response.destroy());
      });
      addRequest.call(agent, request, ...rest);
    },
  });
}
