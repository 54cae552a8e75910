"""Reads converse_stream answers with boto3, one JSON line for each call on standard input."""

import base64
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def main() -> None:
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=sys.argv[1],
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=3600),
    )
    for line in sys.stdin:
        print(json.dumps(read(client, json.loads(line)), default=encode), flush=True)


def read(client, call) -> dict:
    events = []
    try:
        for event in client.converse_stream(**call)["stream"]:
            events.append(event)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return {"events": events, "error": error.response["Error"]["Code"], "status": status}
    except Exception as error:  # What a broken stream raises is not always botocore's own
        return {"events": events, "error": type(error).__name__}
    return {"events": events}


def encode(value) -> str:
    return base64.b64encode(value).decode()


main()
