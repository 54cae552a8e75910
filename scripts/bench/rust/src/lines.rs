//! The lines of an answer, and the function that makes the line for one of Bedrock's events. The SDK's types have no JSON form,
//! so only the members that are named here are passed on.
use aws_sdk_bedrockruntime::types::{
    ContentBlockDelta, ContentBlockStart, ConverseStreamOutput, ReasoningContentBlockDelta,
    TokenUsage,
};
use serde::Serialize;

#[derive(Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Line<'a> {
    Start {
        version: u8,
        request_id: &'a str,
        model_id: &'a str,
    },
    MessageStart {
        role: &'a str,
    },
    ContentBlockStart {
        content_block_index: i32,
        start: Start<'a>,
    },
    ContentBlockDelta {
        content_block_index: i32,
        delta: Delta<'a>,
    },
    ContentBlockStop {
        content_block_index: i32,
    },
    MessageStop {
        stop_reason: &'a str,
    },
    Metadata {
        usage: Option<Usage>,
        metrics: Metrics,
    },
    End {
        stop_reason: &'a str,
        usage: Option<Usage>,
        timing: Timing,
    },
    Error {
        error: WireError<'a>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Start<'a> {
    ToolUse { tool_use_id: &'a str, name: &'a str },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Delta<'a> {
    Text(&'a str),
    ToolUse { input: &'a str },
    ReasoningContent(Reasoning<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reasoning<'a> {
    Text(&'a str),
    Signature(&'a str),
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    input_tokens: i32,
    output_tokens: i32,
    total_tokens: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_input_tokens: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write_input_tokens: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    latency_ms: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_delta_ms: Option<u64>,
    pub total_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WireError<'a> {
    pub name: &'a str,
    pub message: &'a str,
    pub retryable: bool,
    pub request_id: &'a str,
}

pub fn append(bytes: &mut Vec<u8>, line: &Line) {
    serde_json::to_writer(&mut *bytes, line).expect("a line has a JSON form");
    bytes.push(b'\n');
}

/// None if the SDK does not know the event, or this function does not pass it on.
pub fn line_of(event: &ConverseStreamOutput) -> Option<Line<'_>> {
    Some(match event {
        ConverseStreamOutput::MessageStart(event) => Line::MessageStart {
            role: event.role.as_str(),
        },
        ConverseStreamOutput::ContentBlockStart(event) => Line::ContentBlockStart {
            content_block_index: event.content_block_index,
            start: match event.start.as_ref()? {
                ContentBlockStart::ToolUse(tool) => Start::ToolUse {
                    tool_use_id: &tool.tool_use_id,
                    name: &tool.name,
                },
                _ => return None,
            },
        },
        ConverseStreamOutput::ContentBlockDelta(event) => Line::ContentBlockDelta {
            content_block_index: event.content_block_index,
            delta: delta_of(event.delta.as_ref()?)?,
        },
        ConverseStreamOutput::ContentBlockStop(event) => Line::ContentBlockStop {
            content_block_index: event.content_block_index,
        },
        ConverseStreamOutput::MessageStop(event) => Line::MessageStop {
            stop_reason: event.stop_reason.as_str(),
        },
        ConverseStreamOutput::Metadata(event) => Line::Metadata {
            usage: event.usage.as_ref().map(usage_of),
            metrics: Metrics {
                latency_ms: event.metrics.as_ref()?.latency_ms,
            },
        },
        _ => return None,
    })
}

fn delta_of(delta: &ContentBlockDelta) -> Option<Delta<'_>> {
    Some(match delta {
        ContentBlockDelta::Text(text) => Delta::Text(text),
        ContentBlockDelta::ToolUse(tool) => Delta::ToolUse { input: &tool.input },
        ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::Text(text)) => {
            Delta::ReasoningContent(Reasoning::Text(text))
        }
        ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::Signature(signature)) => {
            Delta::ReasoningContent(Reasoning::Signature(signature))
        }
        _ => return None,
    })
}

pub fn usage_of(usage: &TokenUsage) -> Usage {
    Usage {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        cache_write_input_tokens: usage.cache_write_input_tokens,
    }
}
