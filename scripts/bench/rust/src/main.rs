//! The contender `rust`: a Lambda function behind a Function URL that streams Bedrock's answer as lines of JSON, the same lines as
//! Deltapipe's.
mod answer;
mod failure;
mod lines;

use answer::{Answer, Request};
use aws_config::BehaviorVersion;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::types::{ContentBlock, ConversationRole, Message};
use bytes::Bytes;
use failure::Failure;
use futures_util::stream::{BoxStream, StreamExt, once};
use lambda_runtime::streaming::Response;
use lambda_runtime::{Error, LambdaEvent, MetadataPrelude, service_fn};
use serde::Deserialize;
use std::time::Instant;

type Body = BoxStream<'static, Result<Bytes, Error>>;

/// The part of a Function URL's event that is used here.
#[derive(Deserialize)]
struct UrlEvent {
    body: Option<String>,
}

#[derive(Deserialize)]
struct Question {
    prompt: String,
}

/// One thread, because one invocation at a time leaves nothing to do in parallel, and waking another thread takes time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let model_id = &std::env::var("MODEL_ID")?;
    let config = aws_config::defaults(BehaviorVersion::latest())
        // A model may be silent for longer than the protection allows.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await;
    let client = &Client::new(&config);
    let respond = |event| async move { Ok::<_, Error>(respond(client, model_id, event).await) };
    lambda_runtime::run(service_fn(respond)).await
}

async fn respond(client: &Client, model_id: &str, event: LambdaEvent<UrlEvent>) -> Response<Body> {
    let LambdaEvent { payload, context } = event;
    let request = Request {
        started: Instant::now(),
        id: &context.request_id,
        model_id,
    };
    match ask(client, payload, request).await {
        Ok(answer) => response(
            200,
            "application/x-ndjson; charset=utf-8",
            answer.into_stream().map(Ok).boxed(),
        ),
        Err(failure) => {
            let body = failure.line(&context.request_id);
            response(
                failure.status,
                "application/json",
                once(async { Ok(body.into()) }).boxed(),
            )
        }
    }
}

/// Resolves when the first event has arrived. Until then, a failure can still be sent as a status.
async fn ask(client: &Client, event: UrlEvent, request: Request<'_>) -> Result<Answer, Failure> {
    let Question { prompt } = serde_json::from_str(event.body.as_deref().unwrap_or_default())
        .map_err(|_| {
            Failure::new(
                "InvalidRequest",
                "The body is not a JSON object with a prompt",
            )
        })?;
    let message = Message::builder()
        .role(ConversationRole::User)
        .content(ContentBlock::Text(prompt))
        .build();
    let message = message.expect("the message has a role and content");
    let call = client
        .converse_stream()
        .model_id(request.model_id)
        .messages(message);
    let output = call.send().await.map_err(Failure::of_call)?;
    Answer::begin(output.stream, request).await
}

fn response(status: u16, content_type: &'static str, stream: Body) -> Response<Body> {
    let mut metadata_prelude = MetadataPrelude::default();
    metadata_prelude.status_code = status.try_into().expect("a valid status");
    metadata_prelude.headers.insert(
        "content-type",
        content_type.parse().expect("a valid header"),
    );
    Response {
        metadata_prelude,
        stream,
    }
}
