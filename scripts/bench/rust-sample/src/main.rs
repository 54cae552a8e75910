//! The contender `rust-sample`: works like AWS's own sample of a Rust function that streams from Bedrock through a Function URL.
//! Each request loads the configuration and makes a client, and each event is logged and sent as a JSON object.
//! https://github.com/aws-samples/serverless-patterns/tree/main/lambda-bedrock-response-streaming-rust-cdk
use aws_config::BehaviorVersion;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ConverseStreamOutput, Message,
};
use lambda_runtime::streaming::{Body, Response, Sender, channel};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::{Level, error, info};

#[derive(Debug, Deserialize)]
struct Question {
    prompt: String,
}

#[derive(Serialize)]
struct Record<'a> {
    r#type: &'a str,
    message: Option<&'a str>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_target(false)
        .without_time()
        .init();
    lambda_runtime::run(service_fn(respond)).await
}

async fn respond(event: LambdaEvent<Value>) -> Result<Response<Body>, Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    info!("Request: {event:?}");
    let body = event
        .payload
        .get("body")
        .and_then(Value::as_str)
        .ok_or("Found no body")?;
    let question: Question = serde_json::from_str(body)?;
    info!("Question: {question:?}");
    let client = Client::new(&config);
    let message = Message::builder()
        .role(ConversationRole::User)
        .content(ContentBlock::Text(question.prompt))
        .build()?;
    let request = client
        .converse_stream()
        .model_id(std::env::var("MODEL_ID")?)
        .messages(message);
    let mut events = request.send().await?.stream;
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(Some(event)) => send(&mut sender, event).await?,
                Ok(None) => return Ok::<_, Error>(()),
                Err(failure) => {
                    error!("Cannot receive the next event: {failure:?}");
                    return Err(failure.into());
                }
            }
        }
    });
    Ok(Response::from(body))
}

async fn send(sender: &mut Sender, event: ConverseStreamOutput) -> Result<(), Error> {
    info!("Event: {event:?}");
    let record = match &event {
        ConverseStreamOutput::ContentBlockDelta(event) => {
            let text = event.delta.as_ref().and_then(|delta| delta.as_text().ok());
            Record {
                r#type: "text",
                message: text.map(String::as_str),
            }
        }
        _ => Record {
            r#type: "other",
            message: None,
        },
    };
    let mut line = serde_json::to_vec(&record)?;
    // Unlike the sample, separates the objects, so that they can be told apart.
    line.push(b'\n');
    Ok(sender.send_data(line.into()).await?)
}
