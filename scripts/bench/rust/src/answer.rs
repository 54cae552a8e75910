//! One answer while it arrives: turns Bedrock's events into lines. The last line says how the answer ended.
use crate::failure::Failure;
use crate::lines::{Line, Timing, Usage, append, line_of, usage_of};
use aws_sdk_bedrockruntime::error::SdkError;
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::ConverseStreamOutput;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use bytes::Bytes;
use futures_util::{FutureExt, Stream, stream};
use std::mem::take;
use std::time::Instant;

type Events = EventReceiver<ConverseStreamOutput, ConverseStreamOutputError>;
type Received<R> = Result<Option<ConverseStreamOutput>, SdkError<ConverseStreamOutputError, R>>;

/// A write that has reached this size gets no more lines.
const MOST_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub started: Instant,
    pub id: &'a str,
    pub model_id: &'a str,
}

pub struct Answer {
    events: Events,
    request_id: String,
    /// The lines that have not been sent yet.
    lines: Vec<u8>,
    is_ended: bool,
    started: Instant,
    first_delta_ms: Option<u64>,
    stop_reason: Option<String>,
    usage: Option<Usage>,
}

impl Answer {
    /// Resolves with the answer when its first event has arrived, or with the error that came in place of that event.
    pub async fn begin(mut events: Events, request: Request<'_>) -> Result<Answer, Failure> {
        let Request {
            started,
            id,
            model_id,
        } = request;
        let first = events.recv().await.map_err(Failure::of_stream)?;
        let mut lines = Vec::new();
        append(
            &mut lines,
            &Line::Start {
                version: 1,
                request_id: id,
                model_id,
            },
        );
        let mut answer = Answer {
            events,
            request_id: id.into(),
            lines,
            is_ended: false,
            started,
            first_delta_ms: None,
            stop_reason: None,
            usage: None,
        };
        answer.add::<()>(Ok(first));
        Ok(answer)
    }

    pub fn into_stream(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, |mut answer| async move {
            Some((answer.next_lines().await?, answer))
        })
    }

    /// All events that have already arrived become one write.
    async fn next_lines(&mut self) -> Option<Bytes> {
        if self.lines.is_empty() {
            if self.is_ended {
                return None;
            }
            let received = self.events.recv().await;
            self.add(received);
        }
        while !self.is_ended && self.lines.len() < MOST_BYTES {
            let Some(received) = self.events.recv().now_or_never() else {
                break;
            };
            self.add(received);
        }
        Some(take(&mut self.lines).into())
    }

    fn add<R>(&mut self, received: Received<R>) {
        match received {
            Ok(Some(event)) => self.add_event(&event),
            Ok(None) => self.end(),
            Err(error) => self.fail(Failure::of_stream(error)),
        }
    }

    fn add_event(&mut self, event: &ConverseStreamOutput) {
        let Some(line) = line_of(event) else {
            return self.fail(Failure::new(
                "UpstreamInvalid",
                "Bedrock sent an event that cannot be passed on",
            ));
        };
        append(&mut self.lines, &line);
        match event {
            ConverseStreamOutput::ContentBlockDelta(_) => {
                self.first_delta_ms
                    .get_or_insert_with(|| elapsed_ms(self.started));
            }
            ConverseStreamOutput::MessageStop(event) => {
                self.stop_reason = Some(event.stop_reason.as_str().into())
            }
            ConverseStreamOutput::Metadata(event) => {
                self.usage = event.usage.as_ref().map(usage_of)
            }
            _ => {}
        }
    }

    fn end(&mut self) {
        let Some(stop_reason) = &self.stop_reason else {
            return self.fail(Failure::new(
                "StreamTruncated",
                "Bedrock's answer ended before it was complete",
            ));
        };
        let timing = Timing {
            first_delta_ms: self.first_delta_ms,
            total_ms: elapsed_ms(self.started),
        };
        let line = Line::End {
            stop_reason,
            usage: self.usage.clone(),
            timing,
        };
        append(&mut self.lines, &line);
        self.is_ended = true;
    }

    fn fail(&mut self, failure: Failure) {
        self.lines.extend(failure.line(&self.request_id));
        self.is_ended = true;
    }
}

fn elapsed_ms(since: Instant) -> u64 {
    since.elapsed().as_millis() as u64
}
