"""Makes calls with boto3 and prints their results.

Each line of JSON on standard input describes a call: its id, its parameters, and optionally its operation (default:
converse_stream).

Arguments: the endpoint; "lambda" if it is a Function URL; and optionally a retry mode, "legacy" or "standard". Without a mode, no
request is repeated. With a mode, boto3 repeats requests without waiting between them.
"""

import base64
import json
import sys
import time

modes = [mode for mode in ("legacy", "standard") if mode in sys.argv]
if modes:
    time.sleep = lambda seconds: None  # Must come before botocore is imported

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def main() -> None:
    client = create_client("bedrock-runtime")
    if "lambda" in sys.argv:
        client.meta.events.register("choose-signer.bedrock-runtime.*", sign_for_lambda)
    for line in sys.stdin:
        call = json.loads(line)
        call_id = call.pop("id")
        operation = call.pop("operation", "converse_stream")
        if operation == "converse_stream":
            reading = read(client, call)
        else:
            owner = client if hasattr(client, operation) else create_client("bedrock")
            reading = respond(getattr(owner, operation), call)
        print(json.dumps({"id": call_id, **reading}, default=encode), flush=True)


def create_client(service):
    return boto3.client(
        service,
        endpoint_url=sys.argv[1],
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"mode": modes[0]} if modes else {"total_max_attempts": 1}, read_timeout=3600),
    )


def sign_for_lambda(context, **_) -> None:
    context["signing"] = {**context.get("signing", {}), "signing_name": "lambda"}


def read(client, call) -> dict:
    events = []
    try:
        for event in client.converse_stream(**call)["stream"]:
            events.append(event)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return {"events": events, "error": error.response["Error"]["Code"], "status": status}
    except Exception as error:  # A broken stream does not always raise botocore's own errors
        return {"events": events, "error": type(error).__name__}
    return {"events": events}


def respond(operation, call) -> dict:
    try:
        response = operation(**call)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return {"error": error.response["Error"]["Code"], "status": status}
    return {"response": {name: value for name, value in response.items() if name != "ResponseMetadata"}}


def encode(value) -> str:
    return base64.b64encode(value).decode()


main()
