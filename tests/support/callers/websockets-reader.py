"""Opens a WebSocket with the package websockets and a URL signed by botocore, sends a question, and prints each message.

Arguments: the URL, the secret key, the question. A refused handshake is printed as the status and the body.
"""

import sys

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

# Each of these texts shows that a message has the last line of an answer, or the result of an action.
LAST = ['{"type":"end"', '{"type":"error"', '"action":']

url, secret, question = sys.argv[1:]
keys = botocore.credentials.Credentials("local", secret)
request = botocore.awsrequest.AWSRequest("GET", url.replace("ws", "http", 1))
botocore.auth.SigV4QueryAuth(keys, "execute-api", "us-east-1", expires=60).add_auth(request)
try:
    with connect(request.url.replace("http", "ws", 1)) as connection:
        connection.send(question)
        for message in connection:
            print(message, flush=True)
            if any(last in message for last in LAST):
                break
except InvalidStatus as error:
    print(error.response.status_code, error.response.body.decode())
