"""Sends a request through a GraphQL API with the package gql, and prints each message of the answer on a line.

Arguments: the API's address, `key` or `iam`, the API key or the secret key, the conversation's id, and the request. Without
a request, the script only subscribes. It ends after the last message, or prints the error if the API rejects something.
"""

import asyncio
import json
import sys
from urllib.parse import urlparse

from botocore.credentials import Credentials
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncApiKeyAuthentication, AppSyncIAMAuthentication
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport

# A message that contains one of these texts has the last line of an answer, or the result of an action.
LAST = ['{"type":"end"', '{"type":"error"', '"action":']

url, mode, secret, conversation, *request = sys.argv[1:]
host = urlparse(url).netloc
if mode == "key":
    auth = AppSyncApiKeyAuthentication(host=host, api_key=secret)
else:
    auth = AppSyncIAMAuthentication(host=host, region_name="us-east-1", credentials=Credentials("local", secret))

SUBSCRIPTION = gql("subscription On($id: ID!) { onMessage(conversationId: $id) { conversationId message } }")
MUTATION = gql(
    """mutation Start($input: StartConversationInput!) {
      startConversation(input: $input) { conversationId requestId status }
    }"""
)


class Transport(AppSyncWebsocketsTransport):
    """Sets `started` when the subscription has started, because the package does not report that."""

    started = asyncio.Event()

    def _parse_answer(self, answer):
        found = super()._parse_answer(answer)
        if found[0] == "start_ack":
            self.started.set()
        return found


async def start():
    transport = AIOHTTPTransport(url=url, auth=auth)
    async with Client(transport=transport) as session:
        MUTATION.variable_values = {"input": {"conversationId": conversation, "request": request[0]}}
        print(json.dumps(await session.execute(MUTATION)), flush=True)


async def main():
    # The package changes https to wss, but does not change http to ws.
    transport = Transport(url=url.replace("http", "ws", 1), auth=auth)
    async with Client(transport=transport) as session:
        SUBSCRIPTION.variable_values = {"id": conversation}
        messages = session.subscribe(SUBSCRIPTION)
        following = asyncio.ensure_future(anext(messages))
        starting = asyncio.ensure_future(transport.started.wait())
        await asyncio.wait([following, starting], return_when=asyncio.FIRST_COMPLETED)
        if request and transport.started.is_set():
            await start()
        while True:
            message = (await following)["onMessage"]["message"]
            print(message, flush=True)
            if any(last in message for last in LAST):
                return await messages.aclose()
            following = asyncio.ensure_future(anext(messages))


try:
    asyncio.run(main())
except Exception as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)
