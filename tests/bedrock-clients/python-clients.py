"""Calls models with a Bedrock client in Python. Each line of JSON on standard input is a call, and each line of output is its
result. Up to eight calls run at a time.

Arguments: the client ("LangChain", "LiteLLM" or "Strands") and the endpoint, which for LiteLLM is a signing proxy.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

CONFIG = Config(auth_scheme_preference="sigv4", read_timeout=910, retries={"total_max_attempts": 2})
KEYS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}


def main() -> None:
    client, url = sys.argv[1:]
    ask = {"LangChain": ask_langchain, "LiteLLM": ask_litellm, "Strands": ask_strands}[client]

    def answer(line) -> None:
        call = json.loads(line)
        call_id = call.pop("id")
        try:
            outcome = {"text": ask(url, **call)}
        except Exception as error:  # Any error is a result here: the test checks it
            outcome = {"error": describe(error)}
        # A single write, so that the lines of two threads do not mix.
        sys.stdout.write(f"{json.dumps({'id': call_id, **outcome})}\n")
        sys.stdout.flush()

    with ThreadPoolExecutor(max_workers=8) as threads:
        for line in sys.stdin:
            threads.submit(answer, line)


def sign_for_lambda(context, **_) -> None:
    context["signing"] = {**context.get("signing", {}), "signing_name": "lambda"}


def ask_langchain(url, model, prompt, streaming) -> str:
    from langchain_aws import ChatBedrockConverse

    session = boto3.Session(region_name="us-east-1", **KEYS)
    client = session.client("bedrock-runtime", endpoint_url=url, config=CONFIG)
    client.meta.events.register("choose-signer.bedrock-runtime.*", sign_for_lambda)
    chat = ChatBedrockConverse(model=model, client=client, region_name="us-east-1", disable_streaming=False)
    if not streaming:
        return str(chat.invoke(prompt).text)
    return "".join(str(chunk.text) for chunk in chat.stream(prompt))


def ask_litellm(url, model, prompt, streaming) -> str:
    import litellm

    litellm.suppress_debug_info = True  # Standard output is for results

    messages = [{"role": "user", "content": prompt}]
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "aws_region_name": "us-east-1"}
    answer = litellm.completion(
        f"bedrock/converse/{model}", messages, stream=streaming, aws_bedrock_runtime_endpoint=url, **keys
    )
    if not streaming:
        return answer.choices[0].message.content
    return "".join(chunk.choices[0].delta.content or "" for chunk in answer)


def ask_strands(url, model, prompt, streaming) -> str:
    from strands import Agent, ModelRetryStrategy
    from strands.models import BedrockModel

    session = boto3.Session(region_name="us-east-1", **KEYS)
    options = {"boto_session": session, "boto_client_config": CONFIG, "endpoint_url": url}
    bedrock = BedrockModel(model_id=model, streaming=streaming, **options)
    bedrock.client.meta.events.register("choose-signer.bedrock-runtime.*", sign_for_lambda)
    retries = ModelRetryStrategy(max_attempts=2, initial_delay=0)
    message = Agent(model=bedrock, callback_handler=None, retry_strategy=retries)(prompt).message
    return "".join(block.get("text", "") for block in message["content"])


def describe(error) -> dict:
    # Strands wraps botocore's error for throttling in an error of its own.
    cause = error if hasattr(error, "response") else error.__cause__ or error
    response = getattr(cause, "response", None)
    if isinstance(response, dict):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return {"name": response["Error"]["Code"], "status": status}
    return {"name": type(error).__name__, "status": getattr(error, "status_code", None)}


main()
